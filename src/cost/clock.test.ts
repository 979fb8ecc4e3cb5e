import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelNamed } from '../model/models.ts';
import { contextOf } from './analytic-clock.ts';
import { breakDown } from './breakdown.ts';
import {
  addDecodes,
  addPrefill,
  type ClockSpec,
  createClock,
  type DecodeLine,
  newStepWork,
  type StepWork,
} from './clock.ts';
import { engineProfiles, profileNamed } from './profiles.ts';
import { uniformRouting } from './routing.ts';

const a100 = { kind: 'analytic', gpu: 'a100-80gb' } as const;

function stepWork(
  layers: number,
  prompts: readonly (readonly [rows: number, cached: number])[],
  [batch, context]: readonly [number, number] = [0, 0],
): StepWork {
  const work = newStepWork(0, layers);
  const segment = work.segments[0]!;
  for (const [rows, cached] of prompts) addPrefill(segment, rows, rows + cached);
  if (batch > 0) addDecodes(segment, batch, context);
  work.sequences = work.logitRows = prompts.length + batch;
  return work;
}

const lineAt = (spec: ClockSpec, batch: number, context: number): DecodeLine => {
  const line = { aMs: 0, bMs: 0, validTo: 0 };
  createClock(spec).decode(batch, context, line);
  return line;
};

const specs: readonly (readonly [ClockSpec, number])[] = [
  ...engineProfiles.map(
    (p) => [{ ...a100, model: 'llama-2-70b', tp: 8, profile: p.name }, 80] as const,
  ),
  [{ ...a100, model: 'mixtral-8x7b', tp: 4 }, 32],
  [{ ...a100, model: 'deepseek-v2-lite' }, 27],
  [{ ...a100, model: 'opt-66b', tp: 3, profile: 'cpp-eager-nccl', allReduce: 'nccl' }, 64],
  [{ ...a100, model: 'falcon-180b', tp: 8 }, 80],
  [{ ...a100, model: 'llama-2-7b', mhaCap: true, variant: 'sglang-0.5.10' }, 32],
  [{ ...a100, model: 'llama-2-70b', tp: 8, profile: 'python-eager-ray-2023', draw: 1 }, 80],
  [{ ...a100, model: 'mixtral-8x7b', tp: 4, draw: 2 }, 32],
  [{ ...a100, gpu: 'h200', model: 'llama-3.1-8b' }, 32],
  [{ ...a100, gpu: 'h200', model: 'llama-2-70b', tp: 8, variant: 'vllm-0.14-h200' }, 80],
  [{ ...a100, model: 'llama-2-13b', variant: 'gemm-waves' }, 40],
  [{ kind: 'roofline-max' }, 32],
  [{ kind: 'roofline-max', bytesPerS: 4e13 }, 32],
  [
    { kind: 'affine', roundMs: 37, perSequenceMs: 0.189, prefillBatchMs: 5, prefillTokenMs: 0.115 },
    1,
  ],
];

describe('a decode line', () => {
  it.each(specs)('equals the step of the same round: %o', (spec, layers) => {
    const clock = createClock(spec);
    const line = { aMs: 0, bMs: 0, validTo: 0 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 40_000 }),
        (b, mean) => {
          const context = b * mean;
          clock.decode(b, context, line);
          const step = clock.stepMs(stepWork(layers, [], [b, context]));
          expect(Math.abs((line.aMs + line.bMs * context) / step - 1)).toBeLessThan(1e-12);
          expect(context).toBeLessThanOrEqual(line.validTo);
        },
      ),
    );
  });

  it.each(specs)('is the same wherever it is asked on one side of its switch: %o', (spec) => {
    const clock = createClock(spec);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 3e6 }),
        fc.integer({ min: 1, max: 3e6 }),
        (batch, near, step) => {
          const first = { aMs: 0, bMs: 0, validTo: 0 };
          const second = { aMs: 0, bMs: 0, validTo: 0 };
          clock.decode(batch, near, first);
          clock.decode(batch, near + step, second);
          if (near + step <= first.validTo) expect(second).toEqual(first);
          else expect(second.bMs).toBeGreaterThan(first.bMs);
        },
      ),
    );
  });

  it('lies on a floor while a launch-bound engine hides the KV reads, then rises', () => {
    const spec = {
      ...a100,
      model: 'llama-2-70b',
      tp: 8,
      profile: 'python-eager-ray-2023',
    } as const;
    const floor = lineAt(spec, 8, 8);
    expect(floor.aMs).toBeCloseTo(0.36 * 80 + 16.2 + 0.24 * 8, 12);
    expect(floor.bMs).toBe(0);
    expect(Number.isFinite(floor.validTo)).toBe(true);
    const rising = lineAt(spec, 8, Math.ceil(floor.validTo) + 1);
    expect(rising.validTo).toBe(Number.POSITIVE_INFINITY);
    const atSwitch = rising.aMs + rising.bMs * floor.validTo;
    expect(Math.abs(atSwitch / floor.aMs - 1)).toBeLessThan(1e-12);
  });

  it('takes n rounds in the closed form n (A + B S0) + B b n (n - 1) / 2', () => {
    const spec = { ...a100, model: 'llama-2-70b', tp: 8 } as const;
    const clock = createClock(spec);
    const { aMs, bMs } = lineAt(spec, 32, 32 * 1024);
    let sum = 0;
    for (let k = 0; k < 500; k++) sum += clock.stepMs(stepWork(80, [], [32, 32 * (1024 + k)]));
    const closed = 500 * (aMs + bMs * 32 * 1024) + (bMs * 32 * 500 * 499) / 2;
    expect(Math.abs(closed / sum - 1)).toBeLessThan(1e-12);
  });
});

describe('the analytic clock', () => {
  const prompt = fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 0, max: 20_000 }));
  const decodes = fc.tuple(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 300, max: 900_000 }),
  );

  it.each(['llama-3.1-8b', 'mixtral-8x7b', 'deepseek-v2-lite', 'falcon-180b'])(
    'adds up what the breakdown of %s lists, in mixed steps too',
    (model) => {
      const spec = { ...a100, model, tp: 8 } as const;
      const clock = createClock(spec);
      fc.assert(
        fc.property(fc.array(prompt, { maxLength: 5 }), fc.option(decodes), (prompts, round) => {
          const work = stepWork(modelNamed(model).layers, prompts, round ?? [0, 0]);
          const { totalMs } = breakDown(contextOf(spec), profileNamed('default'), work);
          expect(Math.abs(clock.stepMs(work) / totalMs - 1)).toBeLessThan(1e-12);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('never gets faster with more rows, more cached keys or more context', () => {
    for (const model of ['llama-3.1-8b', 'llama-2-7b', 'deepseek-moe-16b']) {
      const clock = createClock({ ...a100, model });
      const { layers } = modelNamed(model);
      fc.assert(
        fc.property(
          prompt,
          decodes,
          fc.integer({ min: 1, max: 500 }),
          ([rows, cached], [b, s], more) => {
            const ms = (r: number, c: number, context: number) =>
              clock.stepMs(stepWork(layers, [[r, c]], [b, context]));
            const base = ms(rows, cached, s);
            expect(ms(rows, cached + more, s)).toBeGreaterThan(base);
            expect(ms(rows, cached, s + more)).toBeGreaterThan(base);
            if (model !== 'deepseek-moe-16b')
              expect(ms(rows + more, cached, s)).toBeGreaterThan(base);
          },
        ),
        { numRuns: 60 },
      );
    }
  });

  it('pays both attention kernels in a mixed step, each with its start', () => {
    const spec = { ...a100, model: 'llama-3.1-8b', profile: 'kernels-only' } as const;
    const mixed = breakDown(
      contextOf(spec),
      profileNamed('kernels-only'),
      stepWork(32, [[512, 8192]], [64, 64 * 2048]),
    );
    const calls = Object.fromEntries(mixed.operations.map((o) => [o.name, o]));
    expect(calls['attention-prefill']?.calls).toBe(32);
    expect(calls['attention-prefill']?.ms).toBeCloseTo(14.6116, 4);
    expect(calls['attention-decode']?.ms).toBeCloseTo(12.22909, 4);
  });

  it('prices two segments of equal counts like one of both depths', () => {
    for (const model of ['llama-3.1-8b', 'deepseek-moe-16b']) {
      const clock = createClock({ ...a100, model });
      const { layers } = modelNamed(model);
      const whole = stepWork(layers, [[700, 100]], [9, 9000]);
      const split: StepWork = {
        ...whole,
        segments: [
          { ...whole.segments[0]!, layers: 5 },
          { ...whole.segments[0]!, layers: layers - 5 },
        ],
      };
      expect(Math.abs(clock.stepMs(split) / clock.stepMs(whole) - 1)).toBeLessThan(1e-12);
    }
  });

  it('prices fewer rows in later layers lower, and stored heads by what they read', () => {
    const clock = createClock({ ...a100, model: 'llama-3.1-8b', profile: 'kernels-only' });
    const full = stepWork(32, [[8192, 0]]);
    const segment = full.segments[0]!;
    const fewer = stepWork(16, [[1638, 0]]).segments[0]!;
    const selective = { ...full, segments: [{ ...segment, layers: 16 }, fewer] };
    expect(clock.stepMs(selective)).toBeLessThan(0.65 * clock.stepMs(full));
    const round = stepWork(32, [], [8, 80_000]);
    const copied = { ...round, segments: [{ ...round.segments[0]!, storedKvHeads: 32 }] };
    const own = { ...round, segments: [{ ...round.segments[0]!, storedKvHeads: 8 }] };
    expect(clock.stepMs(own)).toBe(clock.stepMs(round));
    expect(clock.stepMs(copied)).toBeGreaterThan(clock.stepMs(round));
  });

  it('takes the true experts where the work names them, else the uniform expectation', () => {
    const clock = createClock({ ...a100, model: 'mixtral-8x7b', tp: 4 });
    const work = stepWork(32, [], [8, 8000]);
    const withExperts = (experts: { distinct: number; paddedRows: number }) => ({
      ...work,
      segments: [{ ...work.segments[0]!, experts }],
    });
    const uniform = clock.stepMs(work);
    expect(clock.stepMs(withExperts(uniformRouting(8, 8, 2)))).toBe(uniform);
    expect(clock.stepMs(withExperts({ distinct: 2, paddedRows: 32 }))).toBeLessThan(uniform);
    expect(clock.stepMs(withExperts({ distinct: 8, paddedRows: 128 }))).toBeGreaterThan(uniform);
  });

  it('prices extras on top', () => {
    const clock = createClock({ ...a100, model: 'llama-3.1-8b' });
    const work = stepWork(32, [[1000, 0]]);
    const extras = [{ op: 'selection-scores', tokens: 1000, flops: 1e12, bytes: 1e6 }];
    const extended = { ...work, segments: [{ ...work.segments[0]!, extras }] };
    expect(clock.stepMs(extended) - clock.stepMs(work)).toBeCloseTo(
      0.00518 + 1e15 / (312e12 * 0.744),
      4,
    );
    const { operations } = breakDown(
      contextOf({ ...a100, model: 'llama-3.1-8b' }),
      profileNamed('default'),
      extended,
    );
    expect(operations.find((o) => o.name === 'selection-scores')?.calls).toBe(1);
  });

  it('costs one GPU of a group its shard and the all-reduces', () => {
    const group = { ...a100, model: 'llama-2-70b', tp: 8, profile: 'kernels-only' } as const;
    const shard = { ...a100, model: 'llama-2-70b/tp8', profile: 'kernels-only' } as const;
    const work = stepWork(80, [[2048, 0]], [32, 32 * 4096]);
    const reduce = breakDown(contextOf(group), profileNamed('none'), work).operations.find(
      (o) => o.name === 'all-reduce',
    )!;
    expect(reduce.calls).toBe(160);
    const difference = createClock(group).stepMs(work) - createClock(shard).stepMs(work);
    expect(Math.abs(difference / reduce.ms - 1)).toBeLessThan(1e-9);
  });

  it('limits the KV rate of few MHA heads only where asked to', () => {
    const spec = { ...a100, model: 'llama-2-7b', profile: 'kernels-only' } as const;
    const slope = (batch: number, mhaCap: boolean) => lineAt({ ...spec, mhaCap }, batch, 1).bMs;
    expect(slope(1, true) / slope(1, false)).toBeCloseTo((2.039e12 * 0.753) / (22.8e9 * 32), 9);
    expect(slope(8, true)).toBe(slope(8, false));
  });

  it('refuses unknown names and groups larger than a host', () => {
    expect(() => createClock({ ...a100, model: 'llama-2-71b' })).toThrow('did you mean');
    expect(() => createClock({ ...a100, model: 'opt-13b', gpu: 'a200' })).toThrow('unknown GPU');
    expect(() => createClock({ ...a100, model: 'opt-13b', profile: 'modern-cuda-graf' })).toThrow(
      'did you mean',
    );
    expect(() => createClock({ ...a100, model: 'opt-13b', variant: 'x' })).toThrow(
      'kernel variant',
    );
    expect(() => createClock({ ...a100, model: 'llama-65b', tp: 16 })).toThrow(
      '8 GPUs of one host',
    );
  });
});

describe('engine profiles', () => {
  it('are found under their published names too', () => {
    for (const [name, found] of [
      ['modern_cuda_graph', 'modern-cuda-graphs'],
      ['cpp_engine_eager_nccl', 'cpp-eager-nccl'],
      ['python_eager_ray_2023', 'python-eager-ray-2023'],
    ] as const) {
      expect(profileNamed(name).name).toBe(found);
    }
  });

  it('use the prefill terms in any step with a prompt, and the sequences of the step', () => {
    const step = (profile: string, work: StepWork) =>
      createClock({ ...a100, model: 'llama-2-70b', tp: 8, profile }).stepMs(work);
    const mixed = stepWork(80, [[100, 0]], [32, 32_000]);
    expect(step('default', mixed) - step('none', mixed)).toBeCloseTo(160 * 0.026 + 1.7, 9);
    const round = stepWork(80, [], [32, 32_000]);
    expect(step('default', round) - step('none', round)).toBeCloseTo(160 * 0.009 + 0.5, 9);
    const long = stepWork(80, [[8000, 0]], [32, 32_000]);
    expect(step('cpp-eager-nccl', long) - step('none', long)).toBeCloseTo(
      160 * 0.059 + 2.7 + 33 * 0.06,
      9,
    );
  });
});

describe('the roofline clock', () => {
  it('follows its formula for a mixed step', () => {
    const ms = createClock({ kind: 'roofline-max' }).stepMs(
      stepWork(32, [[1000, 500]], [10, 9000]),
    );
    const att = 9000 + 1000 * (500 + 500);
    const compute = (1010 * 2 * 8.03e9 + att * 4 * 32 * 4096) / (312e12 * 0.5);
    const memory = (2 * 8.03e9 + (9000 + 1500) * 131_072) / (2.039e12 * 0.8);
    expect(ms).toBeCloseTo(1000 * (0.0005 + Math.max(compute, memory)), 9);
  });

  it('switches a decode line from computing to moving KV as contexts grow', () => {
    const few = lineAt({ kind: 'roofline-max' }, 256, 1);
    expect(few.validTo).toBeGreaterThan(1e5);
    const many = lineAt({ kind: 'roofline-max' }, 256, few.validTo * 1.01);
    expect(many.bMs).toBeGreaterThan(few.bMs);
    expect(many.validTo).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the affine clock', () => {
  it('adds rounds and prompts', () => {
    const clock = createClock({
      kind: 'affine',
      roundMs: 37,
      perSequenceMs: 0.2,
      perContextTokenMs: 0.001,
      prefillBatchMs: 5,
      prefillTokenMs: 0.1,
    });
    expect(clock.stepMs(stepWork(1, [[100, 0]]))).toBeCloseTo(15, 12);
    expect(clock.stepMs(stepWork(1, [], [10, 1000]))).toBeCloseTo(40, 12);
    expect(clock.stepMs(stepWork(1, [[100, 0]], [10, 1000]))).toBeCloseTo(55, 12);
  });
});
