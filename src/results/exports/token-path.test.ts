import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestRow } from './run-rows.ts';
import { type InstanceRows, tokenGapsOf } from './token-path.ts';

/** A step as `steps` has it: rounds of decodes, or prompts with a token total, or both. */
interface Step {
  readonly rounds?: number;
  readonly firstMs: number;
  readonly slopeMs?: number;
  readonly prompts?: number;
  readonly promptTokens?: number;
}

type Columns = { [K in keyof InstanceRows]: number[] };

/** The rows of steps that follow one another, and when each of them began and ended. */
function timeline(steps: readonly Step[], startMs = 0) {
  const rows: Columns = {
    startMs: [],
    endMs: [],
    rounds: [],
    firstMs: [],
    slopeMs: [],
    promptEndMs: [],
    prompts: [],
    promptTokens: [],
  };
  let now = startMs;
  const ends = steps.map(({ rounds = 0, firstMs, slopeMs = 0, prompts = 0, promptTokens = 0 }) => {
    const n = Math.max(1, rounds);
    const end = now + (n * firstMs + slopeMs * ((n * (n - 1)) / 2));
    if (rounds > 0) {
      rows.startMs.push(now);
      rows.endMs.push(end);
      rows.rounds.push(rounds);
      rows.firstMs.push(firstMs);
      rows.slopeMs.push(slopeMs);
    }
    if (prompts > 0) {
      rows.promptEndMs.push(end);
      rows.prompts.push(prompts);
      rows.promptTokens.push(promptTokens);
    }
    now = end;
    return end;
  });
  return { rows, ends };
}

/** A finished request with tokens at these times. */
function request(tokensMs: readonly number[], changes: Partial<RequestRow> = {}): RequestRow {
  const gaps = tokensMs.slice(1).map((time, i) => time - (tokensMs[i] as number));
  const longest = [...gaps].sort((a, b) => b - a).slice(0, Math.ceil(gaps.length / 10));
  const [firstTokenMs, finishMs] = [tokensMs[0] as number, tokensMs[tokensMs.length - 1] as number];
  return {
    id: 0,
    status: 'finished',
    reason: '',
    instance: 0,
    arrivalMs: 0,
    firstTokenMs,
    finishMs,
    inputTokens: 100,
    outputTokens: tokensMs.length,
    preemptions: 0,
    ttftMs: firstTokenMs,
    tpotMs: gaps.length > 0 ? (finishMs - firstTokenMs) / gaps.length : null,
    e2eMs: finishMs,
    maxGapMs: gaps.length > 0 ? (longest[0] as number) : null,
    tbtTop10Ms:
      gaps.length > 0 ? longest.reduce((sum, gap) => sum + gap, 0) / longest.length : null,
    ...changes,
  };
}

describe('gaps of a request that was never preempted', () => {
  // Prompt of the request, 3 rounds, a prompt of another that holds decodes up, 2 rounds.
  const { rows } = timeline([
    { firstMs: 50, prompts: 1, promptTokens: 100 },
    { rounds: 3, firstMs: 10, slopeMs: 1 },
    { firstMs: 30, prompts: 1, promptTokens: 60 },
    { rounds: 2, firstMs: 12 },
  ]);

  it('are the rounds after its first token, with what others held up', () => {
    const gaps = tokenGapsOf(rows, request([50, 60, 71, 83, 125, 137]));
    expect([...(gaps ?? [])]).toEqual([10, 11, 12, 42, 12]);
  });

  it('are none for a single token', () => {
    expect(tokenGapsOf(rows, request([50]))?.length).toBe(0);
  });

  it.each([
    ['finish', request([50, 60, 71, 83, 125], { finishMs: 137 })],
    ['number of tokens', request([50, 60, 71, 83, 125, 137], { outputTokens: 5 })],
    ['longest gap', request([50, 60, 71, 83, 125, 137], { maxGapMs: 43 })],
    ['longest tenth', request([50, 60, 71, 83, 125, 137], { tbtTop10Ms: 41 })],
    ['number of rounds to come', request([50, 60, 71, 83, 125, 137, 149])],
  ])('are not made up where the %s says otherwise', (_, wrong) => {
    expect(tokenGapsOf(rows, wrong)).toBeNull();
  });
});

describe('gaps of a request whose prompt was computed elsewhere', () => {
  // Rounds of others, until its KV is here at 71 and joins them at 83.
  const { rows } = timeline(
    [
      { rounds: 3, firstMs: 10, slopeMs: 1 },
      { rounds: 2, firstMs: 12 },
      { rounds: 3, firstMs: 13 },
    ],
    50,
  );

  it('begin with the wait from its first token to the end of the round that it joined', () => {
    const gaps = tokenGapsOf(rows, request([42, 95, 107, 120, 133, 146]));
    expect([...(gaps ?? [])]).toEqual([53, 12, 13, 13, 13]);
  });

  it('begin after that round where decoding yields the first token', () => {
    const gaps = tokenGapsOf(rows, request([95, 107, 120, 133, 146]));
    expect([...(gaps ?? [])]).toEqual([12, 13, 13, 13]);
    const alone = timeline([
      { rounds: 1, firstMs: 9 },
      { rounds: 2, firstMs: 12 },
    ]).rows;
    expect([...(tokenGapsOf(alone, request([9, 21, 33])) ?? [])]).toEqual([12, 12]);
  });

  it('are not made up where its first token lies in no round and before none', () => {
    expect(tokenGapsOf(rows, request([90, 107, 120, 133, 146]))).toBeNull();
  });
});

describe('gaps of a preempted request', () => {
  // Prompt of 100; 2 rounds; out; another's prompt; its own 103 again; 2 rounds.
  const steps: Step[] = [
    { firstMs: 50, prompts: 1, promptTokens: 100 },
    { rounds: 2, firstMs: 10 },
    { rounds: 4, firstMs: 9 },
    { firstMs: 40, prompts: 1, promptTokens: 90 },
    { firstMs: 55, prompts: 1, promptTokens: 103 },
    { rounds: 2, firstMs: 11 },
  ];
  const preempted = request([50, 60, 70, 201, 212, 223], { preemptions: 1 });

  it('have a break that ends where its prompt and output were computed again', () => {
    const gaps = tokenGapsOf(timeline(steps).rows, preempted);
    expect([...(gaps ?? [])]).toEqual([10, 10, 131, 11, 11]);
  });

  it('are not guessed where two breaks explain the tables', () => {
    // It left after the token at 150; either of two steps with prompts may have ended its break,
    // and the longest gap is another one.
    const shared = { firstMs: 20, prompts: 2, promptTokens: 400 };
    const around = (...pause: Step[]) =>
      timeline([
        { firstMs: 50, prompts: 1, promptTokens: 100 },
        { rounds: 1, firstMs: 100 },
        ...pause,
        { rounds: 3, firstMs: 1 },
      ]).rows;
    const one = request([50, 150, 190, 191, 192, 193], { preemptions: 1 });
    expect(tokenGapsOf(around(shared, shared), one)).toBeNull();
    // A step with one prompt alone says whose it was by its size.
    const alone = (promptTokens: number) => ({ firstMs: 20, prompts: 1, promptTokens });
    const gaps = tokenGapsOf(around(alone(700), alone(102)), one);
    expect([...(gaps ?? [])]).toEqual([100, 40, 1, 1, 1]);
  });

  it('are not looked for after a second preemption', () => {
    expect(tokenGapsOf(timeline(steps).rows, { ...preempted, preemptions: 2 })).toBeNull();
  });
});

/** Decode rounds, or prompts, or one round beside prompts. */
const anySteps = fc.array(
  fc.record({
    rounds: fc.integer({ min: 0, max: 4 }),
    firstMs: fc.double({ min: 1, max: 50, noNaN: true }),
    slopeMs: fc.double({ min: 0, max: 1, noNaN: true }),
    prompts: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 3, maxLength: 24 },
);

describe('gaps, by a token-by-token account', () => {
  it('are those of every request, whatever runs beside it', () => {
    let told = 0;
    fc.assert(
      fc.property(anySteps, fc.boolean(), fc.nat(), fc.nat(), fc.nat(), (raw, broken, a, b, c) => {
        const places = [...raw.keys()];
        const [join, leave, back] = [a, b, c]
          .map((n) => places[n % places.length] as number)
          .sort((x, y) => x - y) as [number, number, number];
        const last = raw.length - 1;
        if (broken && (leave === join || back === leave || back === last)) return;
        // A step without decodes has prompts; those with the request's own prompt have too.
        const own = broken ? [join, back] : [join];
        const steps = raw.map((step, i): Step => {
          const prompts = step.rounds === 0 || own.includes(i) ? Math.max(1, step.prompts) : 0;
          const single = prompts > 0 ? { rounds: Math.min(1, step.rounds), slopeMs: 0 } : {};
          return { ...step, ...single, prompts };
        });
        const { ends } = timeline(steps);
        const tokens: number[] = [];
        let made = 0;
        const promptTokens = steps.map(() => 1000);
        for (const [i, step] of steps.entries()) {
          const startMs = i === 0 ? 0 : (ends[i - 1] as number);
          if (own.includes(i)) {
            if (step.prompts === 1) promptTokens[i] = 100 + made;
            tokens.push(ends[i] as number);
            made++;
            continue;
          }
          if (i < join || (broken && i > leave && i < back)) continue;
          const { rounds = 0, firstMs, slopeMs = 0 } = step;
          for (let k = 1; k <= rounds; k++) {
            const passed = k * firstMs + slopeMs * ((k * (k - 1)) / 2);
            tokens.push(k === rounds ? (ends[i] as number) : startMs + passed);
            made++;
          }
        }
        const { rows } = timeline(steps.map((s, i) => ({ ...s, promptTokens: promptTokens[i]! })));
        const gaps = tokenGapsOf(rows, request(tokens, { preemptions: broken ? 1 : 0 }));
        // Two accounts of a break may agree with the tables: then there is no answer.
        if (broken && gaps === null) return;
        if (broken) told++;
        const expected = tokens.slice(1).map((time, i) => time - (tokens[i] as number));
        expect(gaps?.length).toBe(expected.length);
        for (const [i, gap] of expected.entries()) expect(gaps?.[i]).toBeCloseTo(gap, 8);
      }),
      { seed: 1, numRuns: 400 },
    );
    expect(told).toBeGreaterThan(60);
  });
});
