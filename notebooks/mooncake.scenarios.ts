/**
 * What mooncake.html asks: block caches over the trace, and the preset mooncake-8p8d under its
 * placements, with more and less DRAM, and in overload.
 */
import { presentTrace } from '../src/experiment/present-trace.ts';
import { presetNamed } from '../src/experiment/presets.ts';
import { withSetting } from '../src/experiment/settings.ts';

/** The recorded trace of the paper where it was fetched, else the one made after its aggregates. */
const trace = presentTrace('conversation', 'kimi-like');

/** Half of the hour: policies are compared on what follows, with caches warm by then. */
const halfMs = 1_768_500;

const caches = [
  {
    kind: 'block-cache',
    trace,
    policies: ['lru', 'fifo', 'lfu', 'min'],
    capacities: [1000, 3000, 5000, 10_000, 30_000, 50_000, 100_000],
  },
  {
    kind: 'block-cache',
    trace,
    policies: [
      'lru',
      'min',
      'reuse-rate',
      'session-aware',
      'arc',
      'lfu-da',
      's3-fifo',
      'lru-k',
      'lfu-perfect',
    ],
    capacities: [1000, 3000, 10_000, 30_000, 50_000],
    window: { fromMs: halfMs },
  },
  {
    kind: 'block-cache',
    trace,
    policies: [
      'lru',
      ...[30, 60, 120, 300, 600, 1200, 1800].map((s) => ({ kind: 'lru', ttlMs: 1000 * s })),
    ],
    capacities: [null],
  },
];

const { scenario: preset, parameters } = presetNamed('mooncake-8p8d');

/** The preset with some of its parameters set; requests that share a tick are spread over it. */
function cluster(...settings: readonly string[]): Record<string, unknown> {
  const base = { ...preset, trace, arrivals: { dequantise: true } };
  return settings.reduce<unknown>(
    (one, text) => withSetting(one, text, parameters),
    base,
  ) as Record<string, unknown>;
}

const placements = ['random', 'load-balancing', 'cache-aware', 'kv-cache-centric'];

const scheduling = [1, 1.5].flatMap((rate) =>
  placements.map((kind) => cluster(`rate=${rate}`, `placement=${kind}`)),
);

/** Three million tokens are in `scheduling`. */
const dram = [200_000, 500_000, 1_000_000, 2_000_000, 5_000_000].map((tokens) => ({
  scenario: cluster('rate=1.5', `dramTokens=${tokens}`),
  tables: 'summary',
}));

const noStore = {
  scenario: cluster('rate=1.5', 'groups.0.store.kind=none'),
  tables: 'summary',
};

/** SLOs of the admission; the second is set to where decoding is scarce now and then. */
const slos = { ttftSloMs: 30_000, tbtSloMs: 21 };

/** Spreading the ticks is what a seed changes. */
const overload = ['two-gates', 'early', 'early-predicted'].flatMap((kind) =>
  [1, 2, 3].map((seed) => ({
    scenario: {
      ...cluster('rate=3'),
      seed,
      admission: { kind, ...slos },
      samples: { everyMs: 15_000, blockRanks: [] },
    },
    tables: ['samples'],
  })),
);

export const scenarios = [...caches, ...scheduling, ...dram, noStore, ...overload];
