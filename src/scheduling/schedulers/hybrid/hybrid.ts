/**
 * Hybrid offline-online scheduling on client slots.
 * Source: Pang, Li, She and Wang, "Hybrid Offline-online Scheduling Method for Large Language
 * Model Inference Optimization", arXiv 2502.15763.
 *
 * Offline, before decoding begins, the backlog is divided among the slots so that the slot with
 * the most predicted output tokens has as few as possible (`method`), and each slot serves its
 * list longest first. Online, a slot whose list is empty steals from the slot with the largest
 * predicted backlog (`steal`), and a rule decides at every iteration whether a prefill stage
 * interrupts decoding (`rule`; see prefill-rules.ts). Requests that arrive later are assigned
 * again, with all that wait, every `reoptimiseMs`.
 *
 * The paper's text was not read beyond its abstract and summaries of it: weights, stealing order
 * and multiplier are ours. The paper solves the offline part as a mixed-integer program (`mip`, which begins at
 * LPT's assignment, and proves the optimum for small backlogs only); LPT with local search, the
 * default, reaches the load bound of its workload (2275 rounds on 200 slots, by exact lengths).
 * A solve that `mipSeconds` cuts short depends on the machine, and so does its run: `mipNodes` and
 * `mipGap` are limits that do not.
 * Deviations: KV memory is checked (slot-stages.ts). With `steal` `none` an idle slot counts as
 * waiting only while its own list holds requests. All arrivals of one instant should come at once
 * (the coalescing option of arrivals): else the first of them alone is "everything that waits".
 * Units: prices and intervals in milliseconds, weights in tokens.
 */
import type { ParameterValues } from '../../../policy/parameters.ts';
import { definePolicy, type PolicySpec } from '../../../policy/registry.ts';
import type { Scheduler } from '../../../policy/scheduler.ts';
import { offlineAssignments, prepareAssignment } from '../../offline/assignments.ts';
import { prefillRule, prefillRuleParametersWith } from '../prefill-rules.ts';
import { reservationOracle, reserve } from '../reserve.ts';
import { watermark } from '../watermark.ts';
import { AssignedLists, type Weighing } from './assigned-lists.ts';
import type { Steal } from './slot-lists.ts';
import { SlotStages } from './slot-stages.ts';

const parameters = {
  method: {
    type: 'choice',
    default: 'lpt-local-search',
    choices: ['round-robin', 'lpt', 'multifit', 'lpt-local-search', 'mip'],
    doc: 'offline assignment of requests to slots',
  },
  mipGap: {
    type: 'number',
    default: 1e-4,
    min: 0,
    max: 1,
    doc: 'mip: relative distance to the proven bound at which the solver stops',
  },
  mipNodes: {
    type: 'integer',
    default: 0,
    min: 0,
    doc: 'mip: nodes of the search tree at most; 0: no limit',
  },
  mipSeconds: {
    type: 'number',
    default: 60,
    min: 0.01,
    unit: 's',
    doc: 'mip: wall-clock limit of each assignment; one cut by it depends on the machine',
  },
  weigh: {
    type: 'choice',
    default: 'predicted-output',
    choices: ['predicted-output', 'prompt', 'equal'],
    doc: 'what a request weighs: predicted output tokens, prompt tokens, or 1 (lists in order)',
  },
  steal: {
    type: 'choice',
    default: 'shortest',
    choices: ['none', 'shortest', 'longest'],
    doc: 'what a slot with an empty list takes from the slot with the largest backlog',
  },
  reoptimiseMs: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'ms',
    doc: 'shortest time between assignments after arrivals; newcomers join the least loaded slot',
  },
  ...prefillRuleParametersWith('fixed-part'),
  reserve,
  watermark,
} as const;

/** The method as the offline room names it, with the limits that only the solver has. */
function assignmentOf(values: ParameterValues<typeof parameters>): PolicySpec {
  const { method, mipGap, mipNodes, mipSeconds } = values;
  if (method !== 'mip') return { kind: method };
  return { kind: method, gap: mipGap, maxNodes: mipNodes, timeLimitS: mipSeconds, start: 'lpt' };
}

export const hybrid = definePolicy<Scheduler, typeof parameters>({
  kind: 'hybrid',
  doc: 'requests assigned to client slots before decoding, stealing and priced prefills after',
  source: '2502.15763: a reading of the abstract; rules ours',
  parameters,
  oracle: (values) => reservationOracle(values.reserve),
  needs: ({ weigh }) => (weigh === 'predicted-output' ? ['lengths', 'slots'] : ['slots']),
  prepare: ({ method }) => prepareAssignment({ kind: method }),
  create: (values, { seed }) => {
    const lists = new AssignedLists({
      assignment: offlineAssignments.create(assignmentOf(values), { seed }),
      weigh: values.weigh as Weighing,
      steal: values.steal as Steal,
      reoptimiseMs: values.reoptimiseMs,
    });
    return new SlotStages(lists, prefillRule(values), values);
  },
});
