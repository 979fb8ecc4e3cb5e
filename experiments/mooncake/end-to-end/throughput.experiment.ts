import { type Cell, defineExperiment, type ScenarioInput } from 'reprise';
import { type ClockName, distserveLike, mooncake, vllm } from '../systems.ts';
import { throughputCharts } from './charts.ts';
import { lengthClaims, throughput } from './claims.ts';
import { isSimulated, type Workload, workloads } from './published.ts';

const version = 'v3';
/** Requests at each rate of the simulated data: see `constants`. */
const hundred = 100;

interface Choice {
  readonly clock: ClockName;
  readonly length: 'all' | 'hundred';
}

/** On the simulated data vLLM processes one request at a time (section 8.1). */
function coupled(workload: string): { maxSequences?: number } {
  return isSimulated(workload) ? { maxSequences: 1 } : {};
}

/** The three systems of the figures: four nodes each, 32 GPUs. */
function published(workload: string, clock: ClockName): Record<string, ScenarioInput> {
  return {
    '3P1D': mooncake({ version, clock, prefill: 3, decode: 1 }),
    '2P2D': mooncake({ version, clock, prefill: 2, decode: 2 }),
    '4M': vllm({ version, clock, count: 4, ...coupled(workload) }),
  };
}

/** Baselines of our own on the same four nodes. */
function further(workload: string): Record<string, ScenarioInput> {
  return {
    '4M-prefix': vllm({ version, count: 4, mode: 'prefix' }),
    '4M-chunked': vllm({ version, count: 4, mode: 'chunked' }),
    '3P1D-no-store': distserveLike({ version, prefill: 3, decode: 1 }),
    '2P2D-no-store': distserveLike({ version, prefill: 2, decode: 2 }),
    ...(isSimulated(workload) ? { '4M-batched': vllm({ version, count: 4 }) } : {}),
  };
}

function* cells(
  name: string,
  { clock, length }: Choice,
  systems: Record<string, ScenarioInput>,
): Generator<Cell> {
  const { trace, traceRate, rates } = workloads[name] as Workload;
  const labels = { workload: name, clock, length };
  const limits = length === 'hundred' ? { limits: { requests: hundred } } : {};
  for (const [system, scenario] of Object.entries(systems)) {
    for (const rate of rates) {
      const factor = Number((rate / traceRate).toPrecision(12));
      const arrivals = { rate: { factor } };
      yield {
        labels: { ...labels, system, rate },
        scenario: { ...scenario, trace, arrivals, ...limits },
      };
    }
  }
}

/** Each request by itself, nothing cached: what the service levels are multiples of. */
function alone(name: string, { clock, length }: Choice): Cell {
  const { trace } = workloads[name] as Workload;
  const limits = length === 'hundred' ? { limits: { requests: hundred } } : {};
  const arrivals = { mode: 'closed', concurrency: 1 } as const;
  const scenario = vllm({ version, clock, count: 1, maxSequences: 1 });
  return {
    labels: { workload: name, clock, length, system: 'alone', rate: 0 },
    scenario: { ...scenario, trace, arrivals, ...limits },
  };
}

function* allCells(): Generator<Cell> {
  for (const name of Object.keys(workloads)) {
    for (const clock of ['measured', 'analytic'] as const) {
      for (const length of isSimulated(name) ? (['hundred', 'all'] as const) : (['all'] as const)) {
        if (clock === 'analytic' && isSimulated(name) && length === 'all') continue;
        yield alone(name, { clock, length });
        yield* cells(name, { clock, length }, published(name, clock));
      }
    }
    const length = isSimulated(name) ? 'hundred' : 'all';
    yield* cells(name, { clock: 'measured', length }, further(name));
  }
}

/** P90 over the service level, drawn as the figures draw it, under two readings of the level. */
const points = `
  WITH p90 AS (
    SELECT workload, clock, length, system, rate,
      quantile_cont(ttft_ms, 0.9) AS ttft_ms, quantile_cont(tpot_ms, 0.9) AS tbt_ms,
      quantile_cont(tbt_top10_ms, 0.9) AS tbt_top10_ms
    FROM requests JOIN cells USING (run) GROUP BY ALL),
  base AS (
    SELECT workload, clock, length, 'alone' AS reading, ttft_ms, tbt_ms, tbt_top10_ms
    FROM p90 WHERE system = 'alone'
    UNION ALL
    SELECT workload, clock, length, 'lowest', arg_min(ttft_ms, rate), arg_min(tbt_ms, rate),
      arg_min(tbt_top10_ms, rate)
    FROM p90 WHERE system = '3P1D' GROUP BY ALL)
  SELECT workload, clock, length, reading, system, rate,
    least(1.2, p90.ttft_ms / (10 * base.ttft_ms)) AS ttft,
    least(1.2, p90.tbt_ms / (5 * base.tbt_ms)) AS tbt,
    least(1.2, p90.tbt_top10_ms / (5 * base.tbt_top10_ms)) AS tbt_top10
  FROM p90 JOIN base USING (workload, clock, length) WHERE system <> 'alone'`;

/** Where each system leaves its service levels: on the tested rates, and on lines between them. */
const carried = `
  WITH tested AS (
    SELECT *, lead(rate) OVER w AS next_rate, lead(ttft) OVER w AS next_ttft,
      lead(tbt) OVER w AS next_tbt, row_number() OVER w AS nth
    FROM points WINDOW w AS (PARTITION BY workload, clock, length, reading, system ORDER BY rate)),
  ends AS (
    SELECT workload, clock, length, reading, system, max(rate) AS last_rate,
      max(ttft) FILTER (nth = 1) AS first_ttft, max(tbt) FILTER (nth = 1) AS first_tbt,
      max(rate) FILTER (ttft <= 1 AND tbt <= 1) AS grid_both,
      max(rate) FILTER (ttft <= 1) AS grid_ttft,
      min(rate + (next_rate - rate) * (1 - ttft) / (next_ttft - ttft))
        FILTER (ttft <= 1 AND next_ttft > 1) AS cross_ttft,
      min(rate + (next_rate - rate) * (1 - tbt) / (next_tbt - tbt))
        FILTER (tbt <= 1 AND next_tbt > 1) AS cross_tbt
    FROM tested GROUP BY ALL)
  SELECT workload, clock, length, reading, system, grid_both, grid_ttft,
    if(first_ttft > 1, NULL, coalesce(cross_ttft, last_rate)) AS lines_ttft,
    if(first_ttft > 1 OR first_tbt > 1, NULL,
      least(coalesce(cross_ttft, last_rate), coalesce(cross_tbt, last_rate))) AS lines_both
  FROM ends`;

export default defineExperiment({
  name: 'v3-throughput',
  paper: 'mooncake',
  question: 'How many more requests per second does Mooncake carry than vLLM on as many nodes?',
  scenarios: allCells,
  baselines: { paper: { system: '4M' }, strongest: { system: '4M-chunked' } },
  tables: ['requests'],
  views: { points, carried },
  constants: [
    {
      name: 'requests at each rate of the simulated data',
      value: hundred,
      unit: 'requests',
      source:
        'chosen from figure 12: at 64k and 128k vLLM is above what its four nodes can carry, and ' +
        'is drawn within its level all the same; the wait grows with every request, and reaches ' +
        'what is drawn after 50 to 110 of them',
      setFrom: lengthClaims.map((id) => `mooncake/${id}`),
    },
  ],
  claims: throughput,
  charts: throughputCharts,
  notes:
    'Four nodes of 8 A800, LLaMA2-70B; generated workloads after table 2. Service levels: P90 of ' +
    'TTFT at most 10 times, P90 of TBT at most 5 times that of requests alone without a cache ' +
    "(`alone`), or of Mooncake-[3P+1D] at the lowest rate (`lowest`). TBT is a request's mean gap.",
});
