import { describe, expect, it } from 'vitest';
import { aRun } from './fixtures/run-factory.ts';
import { groupRuns } from './groups.ts';
import { noFigures } from './key-figures.ts';
import { newestRuns, type Run } from './runs.ts';

function group(runs: readonly Run[], arrivalSpanMs = 1000) {
  const figures = new Map(
    runs.map((run) => [run.run, { ...noFigures, requests: 10, arrivalSpanMs }]),
  );
  return groupRuns(runs, figures);
}

describe('groups', () => {
  it('puts the runs of one trace together', () => {
    const runs = [aRun({ trace: 'a' }), aRun({ trace: 'b' }), aRun({ trace: 'a' })];
    expect(group(runs).map(({ trace, runs }) => [trace, runs.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('keeps traces apart that share a name only', () => {
    const of = (trace: string) => aRun({ scenario: JSON.stringify({ trace }) });
    expect(group([of('a'.repeat(64)), of('b'.repeat(64))]).map(({ trace }) => trace)).toEqual([
      'some-trace aaaaaaaa',
      'some-trace bbbbbbbb',
    ]);
  });

  it('takes three rates of one system for a sweep, in rising order', () => {
    const [sweep] = group([2, 0.5, 1].map((rateFactor) => aRun({ rateFactor })));
    expect(sweep?.kind).toBe('sweep');
    expect(sweep?.series.map((s) => s.runs.map((run) => run.rateFactor))).toEqual([[0.5, 1, 2]]);
  });

  it('does not take three systems at three rates for a sweep', () => {
    const schedulers = ['prefill-first', 'chunked-prefill', 'orca'];
    const runs = schedulers.map((scheduler, i) =>
      aRun({
        scheduler,
        rateFactor: i + 1,
        scenario: JSON.stringify({ scheduler, arrivals: { rate: { factor: i + 1 } } }),
      }),
    );
    expect(group(runs)[0]?.kind).toBe('comparison');
  });

  it('takes requests that all wait from the start for a backlog', () => {
    expect(group([aRun()], 0)[0]?.kind).toBe('backlog');
    expect(group([aRun()])[0]?.kind).toBe('comparison');
  });

  it('labels runs by what they differ in, down to a member of the scenario', () => {
    const runs = [512, 2048].map((budget) =>
      aRun({ scenario: JSON.stringify({ groups: [{ scheduler: { budget } }] }) }),
    );
    expect([...(group(runs)[0]?.labels.values() ?? [])].sort()).toEqual([
      'budget 2048',
      'budget 512',
    ]);
  });

  it('gives every series a look of its own, and a family its colour', () => {
    const runs = ['prefill-first', 'chunked-prefill'].flatMap((scheduler) =>
      ['off', 'lru'].map((prefixCache) => aRun({ scheduler, prefixCache })),
    );
    const series = group(runs)[0]?.series ?? [];
    const looks = series.map(({ colour, dash }) => `${colour} ${dash}`);
    expect(new Set(looks).size).toBe(4);
    expect(new Set(series.map(({ shape }) => shape)).size).toBe(4);
    const colours = series.map(({ runs: [run], colour }) => `${run?.scheduler} ${colour}`);
    expect(new Set(colours)).toEqual(new Set(['prefill-first #D55E00', 'chunked-prefill #0072B2']));
  });

  it('tells series apart by dash even where each has a colour of its own', () => {
    const orders = ['fcfs', 'shortest-output', 'longest-output'];
    const series = group(orders.map((queueOrder) => aRun({ queueOrder })))[0]?.series ?? [];
    expect(new Set(series.map(({ dash }) => String(dash))).size).toBe(3);
  });

  it('draws six series and keeps all runs', () => {
    const runs = Array.from({ length: 9 }, (_, i) => aRun({ instances: i + 1 }));
    const [all] = group(runs);
    expect([all?.series.length, all?.runs.length]).toEqual([6, 9]);
  });
});

describe('newest runs', () => {
  it('keeps of each scenario the run that was written last', () => {
    const [old, recent, other] = [
      aRun({ scenarioHash: 'x' }),
      aRun({ scenarioHash: 'x' }),
      aRun({ scenarioHash: 'y' }),
    ] as [Run, Run, Run];
    const sidecar = (run: Run, writtenAt: string) => ({
      run: run.run,
      reprise: '',
      engine: '',
      node: '',
      writtenAt,
    });
    const sidecars = [sidecar(recent, '2026-02-01'), sidecar(old, '2026-01-01')];
    expect(newestRuns([old, recent, other], sidecars)).toEqual([recent, other]);
    expect(newestRuns([recent, old, other], sidecars)).toEqual([recent, other]);
  });
});
