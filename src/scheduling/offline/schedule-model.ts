/**
 * The whole scheduling problem of a backlog as a mixed-integer program: which client serves each
 * request, when prefill stages run, and how many decode rounds follow each.
 * Source: arXiv 2502.15763 states such a program; its own is unseen. This one is a consistent
 * formulation of the same problem.
 *
 * A schedule is a sequence of bins 1 … K ≤ n: one prefill stage, then r_k decode rounds.
 * Variables: x_ijk = 1 if request i is prefilled on client j in bin k; e_ijk = 1 if client j holds
 * it in bin k; z_ijk its rounds in bin k; r_k the rounds of bin k; y_k = 1 if the bin has a
 * prefill stage; u_kl = 1 if that stage takes level l. M is the longest output.
 *
 *     min  Σ_k [ p0·y_k + p1·Σ_ij p_i·x_ijk + a·r_k + b·Σ_ij z_ijk ]
 *          with levels:  Σ_kl T_l·u_kl  for the prefill terms,
 *          Σ_l u_kl = y_k,  Σ_ij p_i·x_ijk ≤ Σ_l N_l·u_kl
 *     (1)  Σ_jk x_ijk = 1                               each request is prefilled once
 *     (2)  Σ_k z_ijk = o_i·Σ_k x_ijk                    all its rounds on that client
 *     (3)  Σ_i e_ijk ≤ 1                                one request for a client and bin
 *     (4)  x_ijk ≤ e_ijk,  e_ijk ≤ Σ_{k'≤k} x_ijk'      held from its prefill on
 *     (5)  e_ij,k+1 ≤ e_ijk + x_ij,k+1                  without a break
 *     (6)  z_ijk ≤ r_k,  z_ijk ≤ M·e_ijk                decodes only while held
 *     (7)  z_ijk ≥ r_k − M·(2 − e_ijk − e_ij,k+1)       skips no round if held in the next bin
 *     (8)  Σ_ij p_i·x_ijk ≤ C·y_k                       prefill capacity (all prompts if none)
 *
 * A client that keeps its request through the next prefill stage stalls meanwhile, as durations
 * add up. To speed the proof, and without losing every best schedule: bins with a prefill come
 * first (y_k ≥ y_k+1, r_k ≤ M·y_k); request i goes to one of the clients 0 … i, as clients are
 * alike; Σ_i z_ijk ≤ r_k, from (3) and (6); Σ_k r_k ≥ R of the makespan bound.
 */
import type { Backlog, StageTimes } from '../bounds/backlog.ts';
import { makespanBound } from '../bounds/makespan-bound.ts';

/** Names of the variables, by request, client and bin. */
export const variable = {
  prefilled: (i: number, j: number, k: number) => `x_${i}_${j}_${k}`,
  held: (i: number, j: number, k: number) => `e_${i}_${j}_${k}`,
  decoded: (i: number, j: number, k: number) => `z_${i}_${j}_${k}`,
  rounds: (k: number) => `r_${k}`,
  stage: (k: number) => `y_${k}`,
  level: (k: number, l: number) => `u_${k}_${l}`,
} as const;

type Term = readonly [coefficient: number, name: string];

/** The program as text in the LP format; `bins` is K. */
export function scheduleModel(backlog: Backlog, times: StageTimes, bins: number): string {
  const { inputTokens, outputTokens, clients } = backlog;
  const { prefilled, held, decoded, rounds, stage, level } = variable;
  const levels = 'levels' in times ? times.levels : [];
  const requests = range(inputTokens.length);
  const clientsOf = (i: number) => range(Math.min(clients, i + 1));
  const pairs = requests.flatMap((i) => clientsOf(i).map((j) => [i, j] as const));
  const longest = requests.reduce((most, i) => Math.max(most, outputTokens[i] as number), 0);
  const prompts = requests.reduce((sum, i) => sum + (inputTokens[i] as number), 0);
  const capacity = Math.min(backlog.stageTokens ?? prompts, prompts);
  const prompt = (k: number): Term[] =>
    pairs.map(([i, j]) => [inputTokens[i] as number, prefilled(i, j, k)]);

  const cost: Term[] = [];
  const rows: string[] = [];
  const row = (terms: readonly Term[], sense: '=' | '<=' | '>=', right: number) => {
    rows.push(`${linear(terms)} ${sense} ${right}`);
  };
  for (const k of range(bins)) {
    cost.push([times.roundMs, rounds(k)]);
    for (const [i, j] of pairs) cost.push([times.perSequenceMs, decoded(i, j, k)]);
    if ('levels' in times) {
      for (const [l, { ms }] of levels.entries()) cost.push([ms, level(k, l)]);
      row([...levels.map((_, l): Term => [1, level(k, l)]), [-1, stage(k)]], '=', 0);
      const held = levels.map(({ tokens }, l): Term => [-tokens, level(k, l)]);
      row([...prompt(k), ...held], '<=', 0);
    } else {
      cost.push([times.prefillBatchMs, stage(k)]);
      for (const [tokens, name] of prompt(k)) cost.push([times.prefillTokenMs * tokens, name]);
    }
    row([...prompt(k), [-capacity, stage(k)]], '<=', 0);
    row(
      [
        [1, rounds(k)],
        [-longest, stage(k)],
      ],
      '<=',
      0,
    );
    if (k > 0)
      row(
        [
          [1, stage(k - 1)],
          [-1, stage(k)],
        ],
        '>=',
        0,
      );
    for (const j of range(clients)) {
      const here = pairs.filter(([, client]) => client === j);
      row(
        here.map(([i]): Term => [1, held(i, j, k)]),
        '<=',
        1,
      );
      row([...here.map(([i]): Term => [1, decoded(i, j, k)]), [-1, rounds(k)]], '<=', 0);
    }
  }
  for (const i of requests) {
    const places = clientsOf(i).flatMap((j) => range(bins).map((k) => prefilled(i, j, k)));
    row(
      places.map((name): Term => [1, name]),
      '=',
      1,
    );
  }
  for (const [i, j] of pairs) {
    const output = outputTokens[i] as number;
    const ks = range(bins);
    const all = ks.map((k): Term => [1, decoded(i, j, k)]);
    row([...all, ...ks.map((k): Term => [-output, prefilled(i, j, k)])], '=', 0);
    for (const k of ks) {
      const since = range(k + 1).map((before): Term => [-1, prefilled(i, j, before)]);
      row(
        [
          [1, held(i, j, k)],
          [-1, prefilled(i, j, k)],
        ],
        '>=',
        0,
      );
      row([[1, held(i, j, k)], ...since], '<=', 0);
      row(
        [
          [1, decoded(i, j, k)],
          [-1, rounds(k)],
        ],
        '<=',
        0,
      );
      row(
        [
          [1, decoded(i, j, k)],
          [-longest, held(i, j, k)],
        ],
        '<=',
        0,
      );
      if (k + 1 === bins) continue;
      const now = held(i, j, k);
      const next = held(i, j, k + 1);
      row(
        [
          [1, next],
          [-1, now],
          [-1, prefilled(i, j, k + 1)],
        ],
        '<=',
        0,
      );
      const kept: Term[] = [
        [-longest, now],
        [-longest, next],
      ];
      row([[1, decoded(i, j, k)], [-1, rounds(k)], ...kept], '>=', -2 * longest);
    }
  }
  row(
    range(bins).map((k): Term => [1, rounds(k)]),
    '>=',
    makespanBound(backlog, times).rounds,
  );

  const binaries = range(bins).flatMap((k) => [
    stage(k),
    ...levels.map((_, l) => level(k, l)),
    ...pairs.flatMap(([i, j]) => [prefilled(i, j, k), held(i, j, k)]),
  ]);
  return [
    'Minimize',
    linear(cost),
    'Subject To',
    ...rows,
    'General',
    ...range(bins).map(rounds),
    'Binary',
    ...binaries,
    'End',
  ].join('\n');
}

/** One term a line: the format limits the length of lines. */
function linear(terms: readonly Term[]): string {
  return terms
    .filter(([coefficient]) => coefficient !== 0)
    .map(([coefficient, name]) => `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`)
    .join('\n');
}

function range(count: number): number[] {
  return [...Array(count).keys()];
}
