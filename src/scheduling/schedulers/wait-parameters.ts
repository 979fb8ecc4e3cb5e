/** What WAIT and Nested WAIT have in common. */
export const waitParameters = {
  threshold: {
    type: 'integer',
    default: 0,
    min: 0,
    unit: 'requests',
    doc: 'requests of a type that must wait for it to be taken up; 0: from the fluid model',
  },
  maxWaitMs: {
    type: 'number',
    default: 1000,
    min: 0,
    unit: 'ms',
    doc: 'no request waits longer than this for others',
  },
} as const;
