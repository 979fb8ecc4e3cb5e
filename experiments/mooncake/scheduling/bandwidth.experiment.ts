import { type Cell, defineExperiment, type ScenarioInput } from 'reprise';
import { mooncake } from '../systems.ts';
import { bandwidthLoad, bandwidths } from './claims.ts';
import { fast25 } from './published.ts';

type Group = ScenarioInput['groups'][number];

const systems = {
  centric: { kind: 'kv-cache-centric' },
  'own caches': { kind: 'cache-aware' },
  'no cache': { kind: 'load-balancing' },
};

function* cells(): Iterable<Cell> {
  for (const rate of [bandwidthLoad, 1]) {
    for (const gbps of fast25.bandwidth.gbps) {
      yield cell({ gbps, load: rate, emitted: 'decode', system: 'centric' });
      yield cell({ gbps, load: rate, emitted: 'decode', system: 'own caches' });
    }
    yield cell({ gbps: 400, load: rate, emitted: 'decode', system: 'no cache' });
  }
  for (const gbps of fast25.bandwidth.gbps) {
    yield cell({ gbps, load: 1, emitted: 'prefill', system: 'centric' });
  }
}

function cell(labels: {
  gbps: number;
  load: number;
  emitted: 'prefill' | 'decode';
  system: keyof typeof systems;
}): Cell {
  const { gbps, emitted, system } = labels;
  const placement = systems[system];
  const { groups, ...rest } = mooncake({ version: 'fast25', prefill: 8, decode: 8, placement });
  const [prefill, decode] = groups as [Group, Group];
  // One link a node and direction, GB/s.
  const links = { nicGBps: gbps / 8 };
  const store = system === 'no cache' ? { kind: 'none' } : prefill.store;
  return {
    labels,
    scenario: {
      ...rest,
      groups: [
        { ...prefill, links, ...(store && { store }) },
        { ...decode, links },
      ],
      firstToken: emitted,
      trace: 'synthetic',
      arrivals: { rate: { factor: labels.load } },
    },
  };
}

export default defineExperiment({
  name: 'fast25-bandwidth',
  paper: 'mooncake',
  question: 'How fast must the network be for a pool of KV to pay?',
  scenarios: cells,
  tables: ['requests', 'transfers'],
  views: {
    // Flows of one request added up, each from when it was asked for: overlaps count twice.
    kv: `
      SELECT run, avg(bytes) AS bytes, avg(ms) / 1000 AS real_s
      FROM (SELECT run, request_id, sum(bytes) AS bytes, sum(end_ms - start_ms) AS ms
        FROM transfers WHERE kind = 'kv' GROUP BY ALL)
      GROUP BY ALL`,
    senders: `
      SELECT run, max(bytes) / avg(bytes) AS most
      FROM (SELECT run, from_instance, sum(bytes) AS bytes FROM transfers GROUP BY ALL)
      GROUP BY ALL`,
    // The union of the flows of a request: the time in which KV of it is asked for and not there.
    under_way: `
      SELECT run, avg(ms ORDER BY request_id) / 1000 AS under_way_s
      FROM (SELECT run, request_id,
          sum(greatest(0, end_ms - greatest(start_ms, reached)) ORDER BY start_ms, end_ms) AS ms
        FROM (SELECT *, coalesce(max(end_ms) OVER (PARTITION BY run, request_id ORDER BY start_ms, end_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS reached
          FROM transfers WHERE kind = 'kv')
        GROUP BY ALL)
      GROUP BY ALL`,
    by_bandwidth: `
      SELECT gbps, load, emitted, system, ttft_mean_ms / 1000 AS ttft_s,
        bytes / (gbps / 8 * 1e9) AS theory_s, real_s, most
      FROM runs JOIN cells USING (run) LEFT JOIN kv USING (run) LEFT JOIN senders USING (run)`,
  },
  constants: [
    {
      name: 'load',
      value: bandwidthLoad,
      unit: 'times the rate of the trace',
      source: "FAST'25, figure 13: mean TTFT of the recomputing baseline, 2.62 s",
      setFrom: ['mooncake/fast25-fig13-recomputing'],
    },
  ],
  claims: bandwidths,
  charts: [
    {
      id: 'ttft',
      title: {
        sql: `SELECT 'Above ' || (max(gbps) FILTER (ttft_s >= 2))::INTEGER || ' Gb/s the first token comes '
            || 'within 2 s on average'
          FROM by_bandwidth WHERE emitted = 'decode' AND system = 'centric' AND load = ${bandwidthLoad}`,
      },
      subtitle: 'Mean TTFT, synthetic at half its rate and whole, 8P + 8D; the decode node answers',
      sql: `SELECT gbps, system || ', load ' || load AS system, ttft_s FROM by_bandwidth
          WHERE emitted = 'decode'
        UNION ALL
        SELECT g, 'published', t FROM (SELECT unnest(${JSON.stringify(fast25.bandwidth.gbps)}) AS g,
          unnest(${JSON.stringify(fast25.bandwidth.ttft)}) AS t)
        ORDER BY 2, 1`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'gbps', type: 'quantitative', scale: { type: 'log' }, title: 'Gb/s a node' },
          y: {
            field: 'ttft_s',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'mean TTFT, s',
          },
          color: { field: 'system', type: 'nominal' },
        },
      },
    },
    {
      id: 'transfers',
      title: 'Below 100 Gb/s transfers wait for each other',
      subtitle:
        'KV of a prompt on its way to the decode node, mean: alone on the link, and the union of ' +
        'its flows as replayed',
      sql: `SELECT gbps, 'alone' AS transfer, theory_s AS s FROM by_bandwidth
          WHERE emitted = 'decode' AND system = 'centric' AND load = ${bandwidthLoad}
        UNION ALL SELECT gbps, 'replayed', under_way_s FROM under_way JOIN cells USING (run)
          WHERE emitted = 'decode' AND system = 'centric' AND load = ${bandwidthLoad}
        UNION ALL SELECT g, 'published, real', t
          FROM (SELECT unnest(${JSON.stringify(fast25.bandwidth.gbps)}) AS g,
            unnest(${JSON.stringify(fast25.bandwidth.real)}) AS t)
        ORDER BY 2, 1`,
      spec: {
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'gbps', type: 'quantitative', scale: { type: 'log' }, title: 'Gb/s a node' },
          y: { field: 's', type: 'quantitative', scale: { type: 'log' }, title: 'transfer, s' },
          color: { field: 'transfer', type: 'nominal' },
        },
      },
    },
  ],
  notes:
    'Nodes and rate of the figure are not reported: 8P + 8D at half the rate of the trace, where ' +
    'computing every prompt whole takes what its baseline does; beside it the whole rate, where ' +
    'that would be saturated. Its theoretical ' +
    'times are those of the whole prompt (5.02 GB of KV, 15,325 tokens), so that its transfer is ' +
    'taken to be the one to the decode node, and its TTFT, which grows by as much, to count it.',
});
