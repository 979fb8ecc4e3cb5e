import type { Run } from './runs.ts';

/** One thing in which runs can differ. */
export interface Factor {
  /** As in a question: "the scheduler". */
  readonly name: string;
  readonly key: (run: Run) => string;
  /** As in a label: "prefix cache", "TP 8". */
  readonly setting: (run: Run) => string;
  /** Whether the setting goes without saying beside others: no store, no admission control. */
  readonly isTacit?: (run: Run) => boolean;
  /** The change as the subject of a sentence. */
  readonly subject: (to: Run, from: Run) => string;
  /** Plainer settings first, the first one present being the baseline; the rest in its own order. */
  readonly baselines: readonly string[];
}

const known: readonly Factor[] = [
  kind('scheduler', (run) => run.scheduler, ['orca', 'prefill-first', 'chunked-prefill']),
  orderOf(),
  {
    name: 'the prefix cache',
    key: (run) => run.prefixCache,
    setting: (run) => (run.prefixCache === 'off' ? 'no cache' : cacheName(run)),
    subject: (to, from) =>
      from.prefixCache === 'off'
        ? `The ${cacheName(to)}`
        : `${capital(cacheName(to))} instead of ${cacheName(from)}`,
    baselines: ['off'],
  },
  optional('host store', (run) => run.hostStore),
  kind('placement', (run) => run.placement, ['random', 'round-robin', 'least-loaded']),
  optional('admission', (run) => run.admission, 'admission control'),
  named('estimator', (run) => run.estimator, 'regression'),
  named('streaming', (run) => run.streaming, 'layer-wise'),
  kind('model', (run) => run.model, []),
  kind('GPU', (run) => run.gpu, []),
  amount(
    'tensor parallelism',
    (run) => run.tp,
    (tp) => `TP ${tp}`,
  ),
  amount(
    'number of instances',
    (run) => run.instances,
    (n) => `${n} instances`,
  ),
  {
    // Of as many instances, groups that differ; their number stands above.
    ...kind('topology', (run) => run.topology, []),
    key: ({ topology, instances }) => (topology === String(instances) ? '' : topology),
    setting: (run) => run.topology || `${run.instances}`,
    isTacit: ({ topology, instances }) => ['', String(instances)].includes(topology),
  },
  kind('clock', (run) => run.clock, []),
  kind('engine profile', (run) => run.profile, []),
  kind('arrival mode', (run) => run.arrivalMode, ['open', 'session']),
  {
    ...amount(
      'arrival rate',
      (run) => run.rateFactor,
      (factor) => `rate ${factor}x`,
    ),
    subject: (to, from) => `Raising the rate from ${from.rateFactor}x to ${to.rateFactor}x`,
  },
];

function orderOf(): Factor {
  const order = kind('queue order', (run) => run.queueOrder, [
    'fcfs',
    'shortest-prompt',
    'shortest-output',
  ]);
  const name = ({ queueOrder, oracles }: Run) =>
    oracles.includes('length') || oracles.includes('future')
      ? `${queueOrder} (oracle)`
      : queueOrder;
  return {
    ...order,
    setting: name,
    subject: (to, from) => `${capital(name(to))} instead of ${name(from)}`,
  };
}

function kind(name: string, key: Factor['key'], baselines: readonly string[]): Factor {
  const subject: Factor['subject'] = (to, from) => `${capital(key(to))} instead of ${key(from)}`;
  return { name: `the ${name}`, key, setting: key, subject, baselines };
}

/** A policy that may be none: "host store", "no host store". */
function optional(name: string, of: Factor['key'], whole = name): Factor {
  const isNone = (run: Run) => ['none', ''].includes(of(run));
  const setting = (run: Run) => (isNone(run) ? `no ${whole}` : `${name} ${of(run)}`);
  return {
    name: `the ${name}`,
    key: (run) => (isNone(run) ? 'none' : of(run)),
    setting,
    isTacit: isNone,
    subject: (to, from) => `${capital(setting(to))} instead of ${setting(from)}`,
    baselines: ['none'],
  };
}

/** A choice whose value says little alone: "estimator exact". */
function named(name: string, of: Factor['key'], usual: string): Factor {
  const value = (run: Run) => of(run) || usual;
  const setting = (run: Run) => `${name} ${value(run)}`;
  const subject: Factor['subject'] = (to, from) =>
    `${capital(setting(to))} instead of ${value(from)}`;
  return { name: `the ${name}`, key: value, setting, subject, baselines: [usual] };
}

function amount(name: string, of: (run: Run) => number, write: (n: number) => string): Factor {
  const setting = (run: Run) => write(of(run));
  return {
    name: `the ${name}`,
    // Padded, so that keys compare as their numbers do.
    key: (run) => of(run).toFixed(6).padStart(20, '0'),
    setting,
    subject: (to, from) => `${capital(setting(to))} instead of ${setting(from)}`,
    baselines: [],
  };
}

function cacheName({ prefixCache }: Run): string {
  return prefixCache === 'lru' ? 'prefix cache' : `${prefixCache} prefix cache`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * What the runs differ in: columns of `runs` first, then members of the scenario that differ
 * between runs alike in all of those (a token budget, a block size).
 */
export function varyingFactors(runs: readonly Run[]): Factor[] {
  const columns = known.filter((factor) => new Set(runs.map(factor.key)).size > 1);
  const alike = new Map<string, Run[]>();
  for (const run of runs) {
    const key = columns.map((factor) => factor.key(run)).join('\n');
    alike.set(key, [...(alike.get(key) ?? []), run]);
  }
  const paths = new Set<string>();
  for (const set of alike.values()) {
    const leaves = set.map((run) => leavesOf(run.scenario));
    for (const path of new Set(leaves.flatMap((one) => [...one.keys()]))) {
      if (new Set(leaves.map((one) => one.get(path))).size > 1) paths.add(path);
    }
  }
  return [...columns, ...[...paths].filter((path) => path !== 'trace').map(member)];
}

function member(path: string): Factor {
  const name = path.split('.').pop() as string;
  const value = (run: Run) => leavesOf(run.scenario).get(path) ?? 'not set';
  const setting = (run: Run) => `${name} ${value(run)}`;
  return {
    name: `${name} (${path})`,
    key: (run) => value(run).padStart(20, '0'),
    setting,
    subject: (to, from) => `${capital(setting(to))} instead of ${value(from)}`,
    baselines: [],
  };
}

/** Members of a JSON text by path; empty for what is no JSON. */
function leavesOf(json: string): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key);
    } else leaves.set(path, String(value));
  };
  try {
    walk(JSON.parse(json), '');
  } catch {
    // A run without a readable scenario has columns only.
  }
  return leaves;
}

/** Position of a run's setting among the baselines; those not listed share the last place. */
function rankOf(factor: Factor, run: Run): number {
  const place = factor.baselines.indexOf(factor.key(run));
  return place < 0 ? factor.baselines.length : place;
}

/** Plainer settings first, by the factors in their order. */
export function compareBy(factors: readonly Factor[], a: Run, b: Run): number {
  for (const factor of factors) {
    const rank = rankOf(factor, a) - rankOf(factor, b);
    if (rank !== 0) return rank;
    const [x, y] = [factor.key(a), factor.key(b)];
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.run < b.run ? -1 : 1;
}

/** Settings of a run in words, those left out that go without saying. */
export function settingsOf(factors: readonly Factor[], run: Run): string {
  return factors
    .filter(({ isTacit }) => isTacit?.(run) !== true)
    .map(({ setting }) => setting(run))
    .join(', ');
}

/** The shortest label that tells the runs apart: their settings in what they differ. */
export function labelsOf(runs: readonly Run[]): Map<string, string> {
  const factors = varyingFactors(runs);
  const texts = runs.map((run) => settingsOf(factors, run) || run.label);
  return new Map(
    runs.map((run, i) => {
      const text = texts[i] as string;
      const isUnique = texts.indexOf(text) === texts.lastIndexOf(text);
      return [run.run, isUnique ? text : `${text} (${run.run.slice(0, 6)})`];
    }),
  );
}
