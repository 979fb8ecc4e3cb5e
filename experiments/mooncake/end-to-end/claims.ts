import { type Claim, defineClaims } from 'reprise';
import {
  clipped,
  crossing,
  highestWithin,
  isSimulated,
  type System,
  systems,
  type Workload,
  workloads,
} from './published.ts';

const version = 'arXiv 2407.00079v3';
const names = {
  '3P1D': 'Mooncake-[3P+1D]',
  '2P2D': 'Mooncake-[2P+2D]',
  '4M': 'vLLM-[4M]',
} as const;
const usualLength = (workload: string) => (isSimulated(workload) ? 'hundred' : 'all');
const crossingOf = ({ ttft, tbt }: Workload, system: System, both: boolean) =>
  Math.min(crossing(ttft[system]), both ? crossing(tbt[system]) : Number.POSITIVE_INFINITY);

const rules = {
  'grid-both': {
    says: 'highest tested rates within both levels',
    column: 'grid_both',
    limit: (one: Workload, system: System) => highestWithin(one, system, true),
  },
  'grid-ttft': {
    says: 'highest tested rates within the level of TTFT alone',
    column: 'grid_ttft',
    limit: (one: Workload, system: System) => highestWithin(one, system, false),
  },
  'lines-both': {
    says: 'rates where lines between the points leave one of both levels',
    column: 'lines_both',
    limit: (one: Workload, system: System) => crossingOf(one, system, true),
  },
  'lines-ttft': {
    says: 'rates where lines between the points leave the level of TTFT alone',
    column: 'lines_ttft',
    limit: (one: Workload, system: System) => crossingOf(one, system, false),
  },
} as const;
type Rule = keyof typeof rules;

interface GainOptions {
  readonly clock?: 'measured' | 'analytic';
  readonly reading?: 'alone' | 'lowest';
  readonly length?: 'hundred' | 'all';
  /** Last part of the id. */
  readonly as: string;
}

/** Mooncake-[3P+1D] over vLLM-[4M], less one. */
function gain(
  name: string,
  rule: Rule,
  { clock = 'measured', reading = 'alone', length = usualLength(name), as }: GainOptions,
): Claim {
  const one = workloads[name] as Workload;
  const { says, column, limit } = rules[rule];
  const grid = rule.startsWith('grid');
  // Printed are ratios of tested rates; those of L-Eval on TTFT alone.
  const printed = rule === 'grid-ttft' && one.printedGain !== null;
  const further = limit(one, '3P1D') / limit(one, '4M') - 1;
  const tested = one.rates.join(' ');
  const notes = [
    reading === 'lowest' ? 'levels from Mooncake-[3P+1D] at the lowest rate' : '',
    length === 'all' && isSimulated(name) ? '1,000 requests' : '',
    clock === 'analytic' ? 'analytic clock' : '',
  ].filter((note) => note !== '');
  return {
    id: `v3-throughput-${name}-${rule}${as}`,
    says:
      `Gain of Mooncake-[3P+1D] over vLLM-[4M] on ${name}: ${says}; tested ${tested}` +
      (notes.length > 0 ? ` (${notes.join(', ')})` : ''),
    source: {
      version,
      where: printed ? `${one.figure}; section 8.1` : one.figure,
      read: printed ? 'printed' : 'derived',
    },
    kind: 'postdicted',
    published: printed ? (one.printedGain as number) : further,
    unit: 'more requests per second',
    cells: { workload: name, clock, length },
    sql: `SELECT max(${column}) FILTER (system = '3P1D') / max(${column}) FILTER (system = '4M') - 1
        AS replayed
      FROM carried WHERE reading = '${reading}'`,
    tolerance: grid
      ? { absolute: 0.005, reason: 'the same tested rates, or not' }
      : { absolute: 0.1, reason: 'a tenth of what vLLM carries' },
  };
}

const gains = Object.keys(workloads).flatMap((name): Claim[] => [
  ...(Object.keys(rules) as Rule[]).flatMap((rule) => [
    gain(name, rule, { as: '' }),
    gain(name, rule, { clock: 'analytic', as: '-analytic' }),
  ]),
  gain(name, 'grid-both', { reading: 'lowest', as: '-lowest' }),
  ...(isSimulated(name) ? [gain(name, 'grid-both', { length: 'all', as: '-thousand' })] : []),
]);

const setLength = (name: string, system: System) =>
  system === '4M' && (name === '64k' || name === '128k');

/** One point of a figure: P90 over the service level. */
function point(
  name: string,
  metric: 'ttft' | 'tbt',
  system: System,
  [rate, share]: readonly [string, number],
): Claim {
  const over = share >= clipped;
  return {
    id: `v3-point-${name}-${metric}-${system.toLowerCase()}-${rate}`,
    says: `P90 of ${metric.toUpperCase()} of ${names[system]} over its level, ${name} at ${rate} requests/s${over ? ' (beyond the scale)' : ''}`,
    source: { version, where: (workloads[name] as Workload).figure, read: 'read from a figure' },
    kind: metric === 'ttft' && setLength(name, system) ? 'calibrated' : 'postdicted',
    published: Math.min(share, clipped),
    unit: 'of the level',
    cells: { workload: name, clock: 'measured', length: usualLength(name) },
    sql: `SELECT ${metric} AS replayed FROM points
      WHERE reading = 'alone' AND system = '${system}' AND rate = ${rate}`,
    tolerance: { absolute: 0.1, reason: 'a tenth of the level; the scale of the figure is 1.2' },
  };
}

const points = Object.entries(workloads).flatMap(([name, { ttft, tbt }]) =>
  systems.flatMap((system) => [
    ...Object.entries(ttft[system]).map((one) => point(name, 'ttft', system, one)),
    ...Object.entries(tbt[system]).map((one) => point(name, 'tbt', system, one)),
  ]),
);

/** Points that the number of requests at each rate was chosen from. */
export const lengthClaims = points.filter(({ kind }) => kind === 'calibrated').map(({ id }) => id);

const mostTbt = Object.entries(workloads).flatMap(([name, one]) =>
  Object.entries(one.mostTbt).map(
    ([system, share]): Claim => ({
      id: `v3-most-tbt-${name}-${system.toLowerCase()}`,
      says: `Largest P90 of TBT of ${names[system as System]} over its level, ${name}, any tested rate`,
      source: { version, where: one.figure, read: 'read from a figure' },
      kind: 'postdicted',
      published: share,
      unit: 'of the level',
      cells: { workload: name, clock: 'measured', length: usualLength(name) },
      sql: `SELECT max(tbt) AS replayed FROM points
        WHERE reading = 'alone' AND system = '${system}'`,
      tolerance: { absolute: 0.1, reason: 'a tenth of the level; the scale of the figure is 1.2' },
    }),
  ),
);

const holds = { absolute: 0, reason: 'it holds or it does not' };

const shapes: Claim[] = (['measured', 'analytic'] as const).flatMap((clock): Claim[] => [
  {
    id: `v3-throughput-more-everywhere-${clock}`,
    says: `Mooncake-[3P+1D] carries more than vLLM-[4M] on each workload within both levels (${clock} clock)`,
    source: { version, where: 'figures 11 and 12; section 8.1', read: 'printed' },
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { clock },
    sql: `SELECT bool_and(mooncake > vllm) AND count(*) = 6 AS replayed FROM (
        SELECT workload, max(lines_both) FILTER (system = '3P1D') AS mooncake,
          coalesce(max(lines_both) FILTER (system = '4M'), 0) AS vllm
        FROM carried
        WHERE reading = 'alone'
          AND length = if(workload IN ('arxiv', 'leval'), 'all', 'hundred') GROUP BY ALL)`,
    tolerance: holds,
  },
  {
    id: `v3-throughput-leval-2p2d-${clock}`,
    says: `Within both levels Mooncake-[2P+2D] carries most of L-Eval (${clock} clock)`,
    source: { version, where: 'figure 11, L-Eval', read: 'derived' },
    kind: 'shape',
    published: 1,
    unit: 'holds',
    cells: { workload: 'leval', clock },
    sql: `SELECT arg_max(system, lines_both) = '2P2D' AS replayed FROM carried
      WHERE reading = 'alone' AND system IN ('3P1D', '2P2D', '4M')`,
    tolerance: holds,
  },
]);

/** Claims on figures 11 and 12. */
export const throughput = defineClaims([...gains, ...points, ...mostTbt, ...shapes]);
