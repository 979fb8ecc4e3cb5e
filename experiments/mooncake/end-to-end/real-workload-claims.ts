import { type Claim, defineClaims } from 'reprise';
import { realWorkload } from './published.ts';

const version = 'arXiv 2407.00079v3';
const notComparable =
  'the recorded trace of the paper (23,608 requests, 7,955 and 194 tokens on average) was not ' +
  'obtained, and at what rate it was replayed is not said; shown is toolagent-like, generated ' +
  '(8,596 and 182 tokens), as it comes';
const names = { mooncake: 'Mooncake-[10P+10D]', vllm: 'vLLM-[20M]' } as const;
type System = keyof typeof names;
const clocks = ['measured', 'analytic'] as const;

const quantiles = (['ttft', 'tbt'] as const).flatMap((metric) =>
  (Object.keys(names) as System[]).flatMap((system) =>
    realWorkload.quantiles.map(
      (quantile, i): Claim => ({
        id: `v3-fig13-${metric}-${system}-p${100 * quantile}`,
        says: `P${100 * quantile} of ${metric.toUpperCase()} of ${names[system]}, recorded requests`,
        source: { version, where: 'figure 13', read: 'read from a figure' },
        kind: 'postdicted',
        published: realWorkload[`${metric}S`][system][i] as number,
        unit: 's',
        cells: { clock: 'measured', rate: 1, system },
        sql: `SELECT quantile_cont(${metric}_s, ${quantile}) AS replayed FROM latencies`,
        tolerance: { relative: 0.1, reason: 'reading of the figure, and error of a step' },
        notComparable,
      }),
    ),
  ),
);

const shares = (Object.keys(names) as System[]).flatMap((system): Claim[] => [
  {
    id: `v3-fig13-within-100ms-${system}`,
    says: `Requests of ${names[system]} with TBT of at most 0.1 s`,
    source: { version, where: 'figure 13; section 8.1', read: 'read from a figure' },
    kind: 'postdicted',
    published: realWorkload.within100ms[system],
    unit: 'of requests',
    cells: { clock: 'measured', rate: 1, system },
    sql: `SELECT avg((status = 'finished' AND coalesce(tbt_s <= 0.1, true))::INTEGER) AS replayed
      FROM latencies`,
    tolerance: { absolute: 0.02, reason: 'reading of the figure, and the requests of an hour' },
    notComparable,
  },
  {
    id: `v3-fig13-within-30s-${system}`,
    says: `Requests of ${names[system]} with TTFT of at most 30 s`,
    source: { version, where: 'figure 13; section 8.1', read: 'read from a figure' },
    kind: 'postdicted',
    published: realWorkload.within30s[system],
    unit: 'of requests',
    cells: { clock: 'measured', rate: 1, system },
    sql: "SELECT avg((status = 'finished' AND ttft_s <= 30)::INTEGER) AS replayed FROM latencies",
    tolerance: { absolute: 0.02, reason: 'reading of the figure, and the requests of an hour' },
    notComparable,
  },
]);

const shapes = clocks.flatMap((clock): Claim[] => {
  const common = {
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { clock, rate: 1 },
    source: { version, where: 'figure 13; section 8.1', read: 'printed' },
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  } as const;
  return [
    {
      ...common,
      id: `v3-fig13-ttft-alike-${clock}`,
      says: `Both serve nearly all requests within 30 s, at least 99 % (${clock} clock)`,
      sql: `SELECT min(share) >= 0.99 AND count(*) = 2 AS replayed FROM (
          SELECT avg((status = 'finished' AND ttft_s <= 30)::INTEGER) AS share FROM latencies
          WHERE system IN ('mooncake', 'vllm') GROUP BY system)`,
    },
    {
      ...common,
      id: `v3-fig13-tbt-mooncake-${clock}`,
      says: `Mooncake keeps TBT within 0.1 s for nearly all requests, at least 99 % (${clock} clock)`,
      sql: `SELECT avg((coalesce(tbt_s <= 0.1, true))::INTEGER) >= 0.99 AS replayed FROM latencies
        WHERE system = 'mooncake'`,
    },
    {
      ...common,
      id: `v3-fig13-tbt-vllm-${clock}`,
      says: `vLLM keeps it for less than three quarters of them (${clock} clock)`,
      sql: `SELECT avg((coalesce(tbt_s <= 0.1, true))::INTEGER) < 0.75 AS replayed FROM latencies
        WHERE system = 'vllm'`,
    },
  ];
});

/** Claims on figure 13. */
export const realWorkloadClaims = defineClaims([...quantiles, ...shares, ...shapes]);
