import { describe, expect, it } from 'vitest';
import { labelsOf } from './factors.ts';
import {
  contrastSentence,
  contrastsOf,
  findingOf,
  findingOfBoth,
  latencyMetric,
  type Metric,
} from './findings.ts';
import { aRun } from './fixtures/run-factory.ts';
import type { Run } from './runs.ts';

function metric(name: string, values: readonly (readonly [Run, number | null])[]): Metric {
  const map = new Map(values);
  return latencyMetric(name, (run) => map.get(run) ?? null);
}

const finding = (values: readonly (readonly [Run, number | null])[]) => {
  const runs = values.map(([run]) => run);
  return findingOf(runs, metric('p99 TPOT', values), labelsOf(runs));
};

describe('finding', () => {
  const plain = aRun();
  const chunked = aRun({ scheduler: 'chunked-prefill' });

  it('names the change, its direction and both figures', () => {
    const gain = 'Chunked-prefill instead of prefill-first cuts p99 TPOT from 210 ms to 74.0 ms';
    expect(
      finding([
        [plain, 210],
        [chunked, 74],
      ]),
    ).toBe(gain);
    const loss = 'Chunked-prefill instead of prefill-first raises p99 TPOT from 74.0 ms to 210 ms';
    expect(
      finding([
        [plain, 74],
        [chunked, 210],
      ]),
    ).toBe(loss);
  });

  it('does not depend on the order of the runs', () => {
    expect(
      finding([
        [chunked, 74],
        [plain, 210],
      ]),
    ).toBe(
      finding([
        [plain, 210],
        [chunked, 74],
      ]),
    );
  });

  it('says that there is no difference where there is none', () => {
    expect(
      finding([
        [plain, 100],
        [chunked, 100.9],
      ]),
    ).toBe('No difference within 1 % in p99 TPOT: 100 ms in both runs');
  });

  it('takes the contrast that changes most, and says what stayed', () => {
    const cached = aRun({ prefixCache: 'lru' });
    const both = aRun({ scheduler: 'chunked-prefill', prefixCache: 'lru' });
    const values = [
      [plain, 100],
      [chunked, 90],
      [cached, 40],
      [both, 38],
    ] as const;
    expect(finding(values)).toBe(
      'The prefix cache cuts p99 TPOT from 100 ms to 40.0 ms (prefill-first)',
    );
  });

  it('compares orders with the baseline and marks the oracle', () => {
    const shortest = aRun({ queueOrder: 'shortest-output', oracles: 'length' });
    const longest = aRun({ queueOrder: 'longest-output', oracles: 'length' });
    expect(
      finding([
        [shortest, 60],
        [plain, 80],
        [longest, 100],
      ]),
    ).toBe('Shortest-output (oracle) instead of fcfs cuts p99 TPOT from 80.0 ms to 60.0 ms');
  });

  it('falls back on the extremes where runs differ in more than one thing', () => {
    const other = aRun({ scheduler: 'chunked-prefill', placement: 'least-loaded' });
    expect(
      finding([
        [plain, 100],
        [other, 50],
      ]),
    ).toBe(
      'P99 TPOT is 50.0 ms with chunked-prefill, least-loaded and 100 ms with prefill-first, round-robin',
    );
  });

  it('speaks of one run, and of none that has the figure', () => {
    expect(finding([[plain, 100]])).toBe('P99 TPOT is 100 ms');
    expect(finding([[plain, null]])).toBe('No request has a TPOT');
    expect(
      finding([
        [plain, 100],
        [chunked, null],
      ]),
    ).toBe('P99 TPOT is 100 ms');
  });

  it('puts the price of a gain into the same sentence', () => {
    const runs = [plain, chunked];
    const first = metric('p99 TPOT', [
      [plain, 200],
      [chunked, 100],
    ]);
    const second = metric('median TTFT', [
      [plain, 1000],
      [chunked, 1500],
    ]);
    expect(findingOfBoth(runs, first, second, labelsOf(runs))).toBe(
      'Chunked-prefill instead of prefill-first cuts p99 TPOT from 200 ms to 100 ms but raises median TTFT from 1000 ms to 1500 ms',
    );
  });

  it('does not call a higher share a rise of cost', () => {
    const share: Metric = {
      name: 'attainment',
      better: 'higher',
      format: String,
      of: (run) => (run === plain ? 0.8 : 0.4),
    };
    const [contrast] = contrastsOf([plain, chunked]);
    expect(contrastSentence(contrast!, share)).toContain('lowers attainment from 0.8 to 0.4');
  });
});
