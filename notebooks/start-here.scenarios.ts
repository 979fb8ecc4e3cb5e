/** The systems of start-here.html: for each trace one cluster, under three schedulers. */

const schedulers = [
  { kind: 'orca' },
  { kind: 'prefill-first' },
  { kind: 'chunked-prefill', budget: 2048 },
] as const;

/** Ten A100s serve the chats of kimi-like; each replica keeps the prefixes that it has seen. */
const chat = {
  trace: 'kimi-like',
  placement: { kind: 'least-loaded' },
  groups: [
    {
      count: 10,
      model: 'llama-3.1-8b',
      gpu: 'a100-80gb',
      prefixCache: { kind: 'lru' },
    },
  ],
} as const;

/** One A100 serves the images of multimodal. */
const images = {
  trace: 'multimodal',
  placement: { kind: 'least-loaded' },
  groups: [{ count: 1, model: 'qwen2-vl-7b', gpu: 'a100-80gb' }],
} as const;

export const scenarios = [chat, images].flatMap((system) =>
  schedulers.map((scheduler) => ({
    ...system,
    groups: system.groups.map((group) => ({ ...group, scheduler })),
  })),
);

/** Traces that there are runs of. */
export const traces = [...new Set(scenarios.map((scenario) => scenario.trace))];
