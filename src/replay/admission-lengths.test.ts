import { describe, expect, it } from 'vitest';
import { newTrace } from '../trace/new-trace.ts';
import { runServing } from './run-serving.ts';
import { parseScenario, type ScenarioInput } from './scenario.ts';

const affine = { kind: 'affine', roundMs: 20, prefillTokenMs: 1 };

/**
 * Two requests, the second as the first begins to decode: 1,000 ms to its own first token. Which
 * ones an admission by predicted lengths takes in, where one decodes at a time.
 */
function taken(outputTokens: number, decodeLengths: ScenarioInput['groups'][number]['lengths']) {
  const trace = newTrace({
    arrivalMs: Float64Array.of(0, 1100),
    inputTokens: Int32Array.of(1000, 1000),
    outputTokens: Int32Array.of(outputTokens, 10),
  });
  const node = { model: 'llama-3.1-8b' };
  const scenario = parseScenario({
    clock: { ...affine, perSequenceMs: 10 },
    placement: { kind: 'least-loaded' },
    admission: { kind: 'early-oracle', tbtSloMs: 35 },
    groups: [
      { ...node, roles: ['prefill'], scheduler: { kind: 'prefill-pool' } },
      { ...node, roles: ['decode'], scheduler: { kind: 'decode-pool' }, lengths: decodeLengths },
    ],
  });
  const sink = () => ({ step() {}, stay() {} });
  const { workload, outcome } = runServing(trace, scenario, { mode: 'fast', sink });
  return [...outcome.tasks.prefillInstance.subarray(0, workload.count)].map((at) => at >= 0);
}

describe('admission by predicted lengths', () => {
  it('asks the predictor of the group that decodes', () => {
    expect(taken(20, { kind: 'oracle' })).toEqual([true, true]);
    expect(taken(200, { kind: 'oracle' })).toEqual([true, false]);
  });

  it('refuses a decode group that predicts none, however the other one does', () => {
    expect(() => taken(20, { kind: 'none' })).toThrow(/early-oracle needs predicted/);
  });
});
