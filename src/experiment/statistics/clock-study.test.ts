import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../define.ts';
import { planExperiment, TraceShelf } from '../plan.ts';
import { studyClock } from './clock-study.ts';

const out = mkdtempSync(join(tmpdir(), 'reprise-clock-study-'));
afterAll(() => rmSync(out, { recursive: true }));

function experiment(baselines?: Experiment['baselines']): Experiment {
  return {
    name: 'order',
    paper: 'test',
    question: 'which scheduler?',
    scenarios: {
      grid: {
        base: {
          trace: 'kimi-like',
          limits: { requests: 40 },
          groups: [{ count: 1, model: 'llama-3.1-8b' }],
        },
        axes: {
          scheduler: { set: 'groups.0.scheduler.kind', to: ['prefill-first', 'chunked-prefill'] },
          rate: { set: 'arrivals.rate.factor', to: [1, 10] },
        },
      },
      seeds: [1, 2],
    },
    ...(baselines && { baselines }),
  };
}

async function study(given: Experiment) {
  const traces = new TraceShelf();
  const plans = await planExperiment(given, traces);
  return studyClock(given, plans, { out, traces, workers: 1, draws: 2 });
}

describe('studyClock', () => {
  it('ranks cells among those that differ in the axes of the baselines alone', async () => {
    const { compared, metrics } = await study(
      experiment({ paper: { scheduler: 'prefill-first' } }),
    );
    expect(compared).toEqual(['scheduler']);
    for (const { cells, rankings } of metrics) {
      expect(cells).toHaveLength(4);
      expect(rankings.map(({ group }) => group)).toEqual(['rate=1', 'rate=10']);
      for (const { labels, ranking } of rankings) {
        expect(ranking.order).toHaveLength(2);
        for (const cell of ranking.order) expect(cell).toContain(`rate=${labels.rate},`);
      }
    }
  });

  it('ranks all cells where there are no baselines', async () => {
    const { compared, metrics } = await study(experiment());
    expect(compared).toBeNull();
    for (const { rankings } of metrics) {
      expect(rankings).toHaveLength(1);
      expect(rankings[0]).toMatchObject({ labels: {}, group: '' });
      expect(rankings[0]?.ranking.order).toHaveLength(4);
    }
  });

  it('ranks nothing where no two cells can be compared', async () => {
    const { metrics } = await study(experiment({ paper: { gpu: 'a100-80gb' } }));
    for (const { rankings } of metrics) expect(rankings).toEqual([]);
  });
});
