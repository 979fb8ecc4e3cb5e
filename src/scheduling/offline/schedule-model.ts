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
 * alike; Σ_i x_ijk ≤ y_k and Σ_i z_ijk ≤ r_k follow from (3), (4) and (6); Σ_k r_k is at least the
 * R of the makespan bound.
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

/** The program as text in the LP format; `bins` is K. */
export function scheduleModel(backlog: Backlog, times: StageTimes, bins: number): string {
  const { inputTokens, outputTokens } = backlog;
  const { prefilled, held, decoded, rounds, stage, level } = variable;
  const requests = range(inputTokens.length);
  const clients = range(Math.min(backlog.clients, inputTokens.length));
  const pairs = requests.flatMap((i) => clients.slice(0, i + 1).map((j) => [i, j] as const));
  const ks = range(bins);
  const levels = 'levels' in times ? times.levels : [];
  const longest = requests.reduce((most, i) => Math.max(most, outputTokens[i] as number), 0);
  const prompts = requests.reduce((sum, i) => sum + (inputTokens[i] as number), 0);
  const capacity = Math.min(backlog.stageTokens ?? prompts, prompts);

  const cost: string[] = [];
  const rows: string[] = [];
  for (const k of ks) {
    const tokens = sum(pairs.map(([i, j]) => `${inputTokens[i]} ${prefilled(i, j, k)}`));
    cost.push(`${times.roundMs} ${rounds(k)}`);
    for (const [i, j] of pairs) cost.push(`${times.perSequenceMs} ${decoded(i, j, k)}`);
    if ('levels' in times) {
      for (const [l, { ms }] of levels.entries()) cost.push(`${ms} ${level(k, l)}`);
      rows.push(`${sum(levels.map((_, l) => level(k, l)))} - ${stage(k)} = 0`);
      rows.push(`${tokens}${minus(levels.map((one, l) => `${one.tokens} ${level(k, l)}`))} <= 0`);
    } else {
      cost.push(`${times.prefillBatchMs} ${stage(k)}`);
      for (const [i, j] of pairs) {
        cost.push(`${times.prefillTokenMs * (inputTokens[i] as number)} ${prefilled(i, j, k)}`);
      }
    }
    rows.push(`${tokens} - ${capacity} ${stage(k)} <= 0`);
    rows.push(`${rounds(k)} - ${longest} ${stage(k)} <= 0`);
    if (k > 0) rows.push(`${stage(k - 1)} - ${stage(k)} >= 0`);
    for (const j of clients) {
      const here = requests.slice(j);
      rows.push(`${sum(here.map((i) => prefilled(i, j, k)))} - ${stage(k)} <= 0`);
      rows.push(`${sum(here.map((i) => held(i, j, k)))} <= 1`);
      rows.push(`${sum(here.map((i) => decoded(i, j, k)))} - ${rounds(k)} <= 0`);
    }
  }
  for (const i of requests) {
    const places = clients.slice(0, i + 1).flatMap((j) => ks.map((k) => prefilled(i, j, k)));
    rows.push(`${sum(places)} = 1`);
  }
  for (const [i, j] of pairs) {
    const all = ks.map((k) => `${outputTokens[i]} ${prefilled(i, j, k)}`);
    rows.push(`${sum(ks.map((k) => decoded(i, j, k)))}${minus(all)} = 0`);
    for (const k of ks) {
      const [x, e, z] = [prefilled(i, j, k), held(i, j, k), decoded(i, j, k)];
      rows.push(`${e} - ${x} >= 0`);
      rows.push(`${e}${minus(ks.slice(0, k + 1).map((before) => prefilled(i, j, before)))} <= 0`);
      rows.push(`${z} - ${rounds(k)} <= 0`);
      rows.push(`${z} - ${longest} ${e} <= 0`);
      if (k + 1 === bins) continue;
      const next = held(i, j, k + 1);
      rows.push(`${next} - ${e} - ${prefilled(i, j, k + 1)} <= 0`);
      rows.push(`${z} - ${rounds(k)} - ${longest} ${e} - ${longest} ${next} >= ${-2 * longest}`);
    }
  }
  rows.push(`${sum(ks.map(rounds))} >= ${makespanBound(backlog, times).rounds}`);

  const binaries = ks.flatMap((k) => [
    stage(k),
    ...levels.map((_, l) => level(k, l)),
    ...pairs.flatMap(([i, j]) => [prefilled(i, j, k), held(i, j, k)]),
  ]);
  const integers = ['General', ...ks.map(rounds), 'Binary', ...binaries];
  return ['Minimize', sum(cost), 'Subject To', ...rows, ...integers, 'End'].join('\n');
}

// One term a line: the format limits the length of lines.
function sum(terms: readonly string[]): string {
  return terms.join('\n + ');
}

function minus(terms: readonly string[]): string {
  return terms.map((term) => `\n - ${term}`).join('');
}

function range(count: number): number[] {
  return [...Array(count).keys()];
}
