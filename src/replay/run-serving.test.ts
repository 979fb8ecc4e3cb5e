import { describe, expect, it } from 'vitest';
import { newTrace } from '../trace/new-trace.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { RandomStream } from '../units/random.ts';
import { runServing } from './run-serving.ts';
import { parseScenario, type ScenarioInput } from './scenario.ts';
import type { StepRow } from './serving/sink.ts';

/** Requests in ticks of 200 ms, a few at once. */
function someTrace(count = 120): RequestTrace {
  const stream = new RandomStream(5, 'trace');
  return newTrace({
    arrivalMs: Float64Array.from({ length: count }, () => 200 * stream.integer(60)).sort(),
    inputTokens: Int32Array.from({ length: count }, () => 1 + stream.integer(3000)),
    outputTokens: Int32Array.from({ length: count }, () => 1 + stream.integer(300)),
  });
}

const trace = someTrace();

interface Changes extends Omit<Partial<ScenarioInput>, 'groups'> {
  group?: Partial<ScenarioInput['groups'][number]>;
}

/** Everything that a replay yields. */
function replay({ group, ...changes }: Changes = {}, mode: 'fast' | 'step' = 'fast') {
  const rows: StepRow[] = [];
  const stays: number[][] = [];
  const groups = [{ model: 'llama-3.1-8b', count: 2, ...group }];
  const { workload, outcome } = runServing(trace, parseScenario({ groups, ...changes }), {
    mode,
    sink: () => ({
      step: (row) => rows.push({ ...row }),
      stay: (...stay) => stays.push(stay),
    }),
  });
  const { tasks, ...totals } = outcome;
  return { workload, tasks: { ...tasks }, totals, rows, stays };
}

const drawn = (draw: number): Changes => ({ clock: { kind: 'analytic', draw } });

describe('a replay on a drawn clock', () => {
  it.each([
    ['modern-cuda-graphs', 'llama-3.1-8b', 1],
    ['cpp-eager-nccl', 'opt-66b', 4],
    ['python-eager-ray-2023', 'llama-2-70b', 8],
    ['kernels-only', 'mixtral-8x7b', 4],
  ])('gives equal tables in both modes, %s', (profile, model, tp) => {
    for (const draw of [1, 2, 3]) {
      const changes = { ...drawn(draw), profile, group: { model, tp } };
      expect(replay(changes, 'step')).toEqual(replay(changes, 'fast'));
    }
  });

  it('is the same each time, whatever the seeds', () => {
    const { rows } = replay(drawn(4));
    expect(replay(drawn(4)).rows).toEqual(rows);
    expect(replay({ ...drawn(4), seed: 9, seeds: { workload: 3, policy: 2 } }).rows).toEqual(rows);
  });

  it('differs from draw to draw, and draw 0 is the published clock', () => {
    const ends = [0, 1, 2, 3].map((draw) => [...replay(drawn(draw)).tasks.endMs].join());
    expect(new Set(ends).size).toBe(4);
    expect([...replay().tasks.endMs].join()).toBe(ends[0]);
  });
});

describe('the seeds of a replay', () => {
  const chance: Changes = {
    arrivals: { dequantise: true, rate: { factor: 0.5, by: 'thin' } },
    placement: { kind: 'random' },
    group: { count: 8 },
  };
  const of = (seeds: Changes['seeds'], seed = 1) => {
    const { workload, tasks } = replay({ ...chance, seed, seeds });
    return { row: [...workload.row], arrivalMs: [...workload.arrivalMs], on: [...tasks.instance] };
  };

  it('are the one of the scenario where none is given', () => {
    expect(of({})).toEqual(of({ workload: 1, policy: 1 }));
    expect(of({}, 2)).toEqual(of({ workload: 2, policy: 2 }));
    expect(of({}, 2)).not.toEqual(of({}));
  });

  it('change arrivals alone, or policies alone', () => {
    const base = of({});
    const policy = of({ policy: 2 });
    expect({ ...policy, on: base.on }).toEqual(base);
    expect(policy.on).not.toEqual(base.on);
    const workload = of({ workload: 2 });
    expect(workload.row).not.toEqual(base.row);
    expect(workload.arrivalMs).not.toEqual(base.arrivalMs);
    const placed = Math.min(workload.on.length, base.on.length);
    expect(workload.on.slice(0, placed)).toEqual(base.on.slice(0, placed));
  });
});
