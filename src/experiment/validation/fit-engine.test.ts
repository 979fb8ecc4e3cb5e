import { afterEach, describe, expect, it } from 'vitest';
import { contextOf } from '../../cost/analytic-clock.ts';
import { decodeFixedUs, decodeUsPerToken } from '../../cost/composition.ts';
import { Kernels } from '../../cost/kernels.ts';
import { firstHalf, readEngineSamples } from './engine-samples.ts';

import { fitEngine } from './fit-engine.ts';
import { type StepRow, writeLogs } from './testing/log-files.ts';

let remove = () => {};
afterEach(() => remove());

const context = contextOf({
  kind: 'analytic',
  model: 'llama-3.1-8b',
  gpu: 'h200',
  profile: 'kernels-only',
});
const own = { startUs: 8, kvShare: 0.6, blockUs: 5 };
const kernels = new Kernels(context.kernels.gpu, {
  ...context.kernels.constants,
  decodeAttention: {
    ...context.kernels.constants.decodeAttention,
    ...own,
    queryShare: 1,
    groupedBlockShare: 1,
  },
});
const engine = { ...context, kernels };
const terms = { launchMsPerLayer: 0.6, launchMsPerExtraPrompt: 4, fixedMs: 2 };

const batches = [1, 4, 8, 16, 32, 64, 128];

/** Rounds of every size and context, and prompts on a prefix: alone, in twos and with decodes. */
const shapes: StepRow[] = Array.from({ length: 140 }, (_, k): StepRow => {
  const batch = batches[k % batches.length] as number;
  const context = batch * (100 + 37 * k);
  if (k % 2 === 0) return { start: k, ms: 1, decodes: batch, graph: batch, context };
  const prefills = Array.from({ length: 1 + (k % 3) }, (_, i) => `${64 + 8 * (k % 40) + i}+500`);
  const decodes = k % 4 === 1 ? 0 : batch;
  return { start: k, ms: 1, decodes, context: decodes && context, prefills: prefills.join('|') };
});

/** Durations of an engine with these constants and terms. */
async function timed(): Promise<StepRow[]> {
  const files = writeLogs({ steps: shapes, requests: [] });
  const { samples } = await readEngineSamples([files.steps], context);
  files.remove();
  const { layers } = context.shard.model;
  return shapes.map((step, k) => {
    const { otherMs, decodes, contextTokens, prompts } = samples[k]!;
    const attentionUs =
      decodes === 0
        ? 0
        : decodeFixedUs(engine, decodes) + decodeUsPerToken(engine, decodes) * contextTokens;
    const busy = otherMs + (layers * attentionUs) / 1000;
    const launches = terms.launchMsPerLayer * layers + terms.launchMsPerExtraPrompt * (prompts - 1);
    const ms = prompts === 0 ? busy + 0.1 : Math.max(busy, launches) + terms.fixedMs;
    return { ...step, ms };
  });
}

describe('fitEngine', () => {
  it('finds the terms of an engine from its steps, and meets the half it did not see', async () => {
    const files = writeLogs({ steps: await timed(), requests: [] });
    remove = files.remove;
    const fit = await fitEngine({ files: [files.steps], model: 'llama-3.1-8b', gpu: 'h200' });
    expect(fit.decodeFixedMs).toBe(0.1);
    expect(fit.decodeAttention.kvShare).toBeCloseTo(own.kvShare, 2);
    expect(fit.decodeAttention.blockUs / own.blockUs).toBeCloseTo(1, 1);
    expect(fit.prefill.launchMsPerLayer).toBeCloseTo(terms.launchMsPerLayer, 1);
    expect(fit.prefill.launchMsPerExtraPrompt / terms.launchMsPerExtraPrompt).toBeCloseTo(1, 1);
    expect(fit.errors.map(({ phase, half }) => `${phase} ${half}`)).toEqual([
      'decode fitted',
      'prefill fitted',
      'decode held out',
      'prefill held out',
    ]);
    for (const { mape } of fit.errors) expect(mape).toBeLessThan(0.5);
    expect(fit.phases.decode.kernels).toBeGreaterThan(fit.phases.decode.fitted);
    expect(fit.phases.prefill.held_out?.points).toBeGreaterThan(10);
    expect(fit.graphBatches).toEqual(batches);
    expect(fit.logs).toMatchObject([{ file: 'log.steps.csv', steps: shapes.length }]);
  });
});

describe('the first half of a log', () => {
  const one = (prompts: number, cached = 0) => ({
    decodes: 1,
    prefills: Array.from({ length: prompts }, () => ({ rows: 4, cached })),
  });
  const steps = [one(2), one(1, 4), one(1), one(1), one(0), one(0), one(0), one(0)];

  it('is half of the steps, or those before the other half of the prompts begin', () => {
    expect(firstHalf(steps, 'steps')).toBe(4);
    expect(firstHalf(steps, 'prompts')).toBe(2);
    expect(firstHalf([one(0), one(0)], 'prompts')).toBe(2);
  });
});
