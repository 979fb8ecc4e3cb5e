/** Clocks that a scenario can name, with their parameters: where cost meets the policy registry. */
import type { AnalyticSpec } from '../cost/analytic-clock.ts';
import { createClock } from '../cost/clock.ts';
import { kernelVariants } from '../cost/kernels.ts';
import { mooncakeNodeClock } from '../cost/mooncake-node.ts';
import { rooflineDefaults } from '../cost/roofline-clock.ts';
import type { StepClock } from '../cost/work.ts';
import type { Parameter, ParameterValues } from '../policy/parameters.ts';
import { definePolicy, Registry } from '../policy/registry.ts';

/** What a clock is made for: one group of instances. */
export interface ClockTarget {
  readonly model: string;
  readonly gpu: string;
  readonly tp: number;
  readonly profile: string;
}

export type ClockFactory = (target: ClockTarget) => StepClock;

const milliseconds = (preset: number, doc: string): Parameter => ({
  type: 'number',
  default: preset,
  min: 0,
  unit: 'ms',
  doc,
});

const analytic = {
  variant: {
    type: 'choice',
    default: kernelVariants[0] as string,
    choices: kernelVariants,
    doc: 'attention kernels',
  },
  allReduce: {
    type: 'choice',
    default: 'custom',
    choices: ['custom', 'nccl'],
    doc: 'all-reduce kernel of tensor parallelism',
  },
  mhaCap: {
    type: 'boolean',
    default: false,
    doc: 'limit the KV rate per request and head (kernels without split KV)',
  },
  draw: {
    type: 'integer',
    default: 0,
    min: 0,
    doc: '0: the published constants; n: the n-th draw of them and of the step error, whatever the seed',
  },
} as const;

/** What an analytic clock is made from: a scenario's clock and the group that it is made for. */
export function analyticSpec(
  { variant, allReduce, mhaCap, draw }: ParameterValues<typeof analytic>,
  target: ClockTarget,
): AnalyticSpec {
  const kind = allReduce as 'custom' | 'nccl';
  return { kind: 'analytic', ...target, variant, mhaCap, draw, allReduce: kind };
}

/** Not 0: a step that reaches nothing of the peak never ends. */
const share = { min: 0.01, max: 1 };

const roofline = {
  parameters: number(rooflineDefaults.parameters, 'weights'),
  layers: number(rooflineDefaults.layers, 'decoder layers', { min: 1 }),
  hidden: number(rooflineDefaults.hidden, 'hidden width'),
  kvBytesPerToken: number(rooflineDefaults.kvBytesPerToken, 'KV bytes of a token, all layers'),
  flopsPerS: number(rooflineDefaults.flopsPerS, 'peak FLOP/s', { min: 1 }),
  flopsShare: number(rooflineDefaults.flopsShare, 'share of it that is reached', share),
  bytesPerS: number(rooflineDefaults.bytesPerS, 'peak bytes/s', { min: 1 }),
  bytesShare: number(rooflineDefaults.bytesShare, 'share of it that is reached', share),
  fixedMs: milliseconds(rooflineDefaults.fixedMs, 'time of any step beside the roofline'),
};

const affine = {
  roundMs: milliseconds(10, 'a decode round'),
  perSequenceMs: milliseconds(0, 'each sequence of a round'),
  perContextTokenMs: milliseconds(0, 'each KV token that a round reads'),
  prefillBatchMs: milliseconds(0, 'a step with prompts'),
  prefillTokenMs: milliseconds(0.1, 'each prompt token computed'),
};

const mooncakeNode = {
  prefixLoad: {
    type: 'boolean',
    default: false,
    doc: 'what the figure shows of loading a cached prefix from the host, for each step with one: off where prompts are computed in chunks or the load is a transfer of the replay',
  },
} as const;

function number(
  preset: number,
  doc: string,
  range: { min: number; max?: number } = { min: 0 },
): Parameter {
  return { type: 'number', default: preset, ...range, doc };
}

export const clockKinds = new Registry<ClockFactory>('clock', [
  definePolicy<ClockFactory, typeof analytic>({
    kind: 'analytic',
    doc: 'the calibrated cost model: kernel forms with fitted constants and an engine profile',
    source: 'constants fitted on public A100 measurements (reprise cost profiles)',
    parameters: analytic,
    create: (values) => (target) => createClock(analyticSpec(values, target)),
  }),
  definePolicy<ClockFactory, typeof roofline>({
    kind: 'roofline-max',
    doc: 'fixed time plus the larger of compute and memory time; whatever model the group names',
    source: 'textbook roofline; for cross-checks between engines',
    parameters: roofline,
    create: (values) => () => createClock({ kind: 'roofline-max', ...values }),
  }),
  definePolicy<ClockFactory, typeof affine>({
    kind: 'affine',
    doc: 'steps affine in sequences, context and prompt tokens; whatever model the group names',
    source: 'published step-time laws and queueing checks',
    parameters: affine,
    create: (values) => () =>
      createClock({
        kind: 'affine',
        roundMs: values.roundMs,
        perSequenceMs: values.perSequenceMs,
        perContextTokenMs: values.perContextTokenMs,
        prefillBatchMs: values.prefillBatchMs,
        prefillTokenMs: values.prefillTokenMs,
      }),
  }),
  definePolicy<ClockFactory, typeof mooncakeNode>({
    kind: 'measured-70b-8xa800',
    doc: 'a published node: Llama 70B on 8 x a800-80gb, prompts as measured, decode beyond batch 16 assumed',
    source: "Mooncake (FAST'25), Fig. 14; batches from arXiv 2407.00079v3, Fig. 2",
    parameters: mooncakeNode,
    create:
      ({ prefixLoad }) =>
      (target) =>
        mooncakeNodeClock(target, prefixLoad),
  }),
]);
