import { type Command, Option } from 'commander';
import type { BlockStream, HitRule } from '../../replay/cache/block-stream.ts';
import type { Routing } from '../../replay/cache/routing.ts';
import type { SavedWork } from '../../replay/cache/saved-work.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  policy: string[];
  capacity: number[];
  rule: HitRule;
  nodes: number;
  routing: Routing;
  seed: number;
  json?: boolean;
}

/** One policy at one capacity. */
export interface CacheRow {
  readonly policy: string;
  /** In blocks. */
  readonly capacity: number;
  readonly oracle: readonly string[];
  readonly references: number;
  readonly hits: number;
  readonly saved: SavedWork | null;
  readonly wallMs: number;
}

export function addCache(program: Command): void {
  program
    .command('cache')
    .description("hits of a trace's prompt blocks under cache policies and capacities")
    .argument('<trace>', 'shipped name, fetched name or .arrow file')
    .requiredOption('--policy <list>', 'lru,fifo,…; parameters as lru:touch=head-first', words)
    .requiredOption('--capacity <list>', 'blocks: 1000,10000,inf', capacities)
    .addOption(
      new Option('--rule <rule>', 'what is a hit')
        .choices(['prefix', 'block'])
        .default('prefix' satisfies HitRule),
    )
    .option('--nodes <n>', 'separate caches of that capacity', wholeNumber('--nodes'), 1)
    .addOption(
      new Option('--routing <kind>', 'which node takes a request')
        .choices(['round-robin', 'random', 'longest-prefix'] satisfies Routing[])
        .default('round-robin' satisfies Routing),
    )
    .option('--seed <n>', 'of policies and routings that draw', wholeNumber('--seed', 0), 1)
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
Rule prefix: the leading resident blocks of a request are hits; its blocks are pinned while room is
made, and touched leaf first. Rule block: every reference is an access of its own, root to leaf.

Examples:
  reprise cache kimi-like --policy lru,lfu,sieve,min --capacity 1000,10000,inf
  reprise cache kimi-like --policy gdsf,lru:ttlMs=300000 --capacity 10000 --rule block
  reprise policies cache`,
    )
    .action(cache);
}

function words(list: string): string[] {
  return list.split(',').map((word) => word.trim());
}

function capacities(list: string): number[] {
  return words(list).map((word) => {
    if (word === 'inf') return Number.POSITIVE_INFINITY;
    if (/^[1-9]\d{0,14}$/.test(word)) return Number(word);
    throw new InputError(`invalid capacity ${JSON.stringify(word)}`, {
      where: '--capacity',
      rule: 'a whole number of blocks, at least 1, or inf',
    });
  });
}

async function cache(name: string, options: Options): Promise<void> {
  const { parseCachePolicy } = await import('../../caching/parse-policy.ts');
  const { readTrace } = await import('../../trace/read.ts');
  const { BlockStream } = await import('../../replay/cache/block-stream.ts');
  const { printJson } = await import('../terminal.ts');
  const policies = options.policy.map((word) => ({ word, spec: parseCachePolicy(word) }));
  const { located, trace } = await readTrace(name);
  if (trace.blocks === null) {
    throw new InputError('a trace without block_ids has nothing to cache', {
      where: located.path,
      rule: 'traces with blocks: reprise traces list',
    });
  }
  const stream = new BlockStream(trace);
  const rows: CacheRow[] = [];
  for (const policy of policies) rows.push(...(await replayAll(stream, policy, options)));
  if (options.json) return printJson(rows.map((row) => rowJson(row, options.rule)));
  const { printCache } = await import('./cache-view.ts');
  printCache(rows, stream, { ...options, trace: name });
}

/** From so many capacities on, LRU is counted at all of them in one pass. */
const curveFrom = 8;

async function replayAll(
  stream: BlockStream,
  { word, spec }: { word: string; spec: { kind: string; [name: string]: unknown } },
  { capacity: asked, rule, nodes, routing, seed }: Options,
): Promise<CacheRow[]> {
  const { cachePolicies } = await import('../../caching/policies.ts');
  const { checkCapacity, replayStream } = await import('../../replay/cache/replay-blocks.ts');
  const { savedWork } = await import('../../replay/cache/saved-work.ts');
  const { references } = stream;
  const oracle = cachePolicies.oraclesOf(spec);
  const plain = spec.kind === 'lru' && spec.admission === 'always' && spec.ttlMs === 0;
  if (plain && spec.form === 'free' && nodes === 1 && asked.length >= curveFrom) {
    const { lruCurve } = await import('../../replay/cache/stack-distances.ts');
    for (const capacity of asked) checkCapacity(capacity, stream, rule);
    const start = performance.now();
    const curve = lruCurve(stream, { rule, headFirst: spec.touch === 'head-first' });
    const wallMs = (performance.now() - start) / asked.length;
    const common = { policy: word, oracle, references, wallMs };
    return asked.map((capacity) => ({ ...common, capacity, ...curve.at(capacity) }));
  }
  return asked.map((capacity) => {
    const marks = new Uint8Array(stream.ids.length);
    const start = performance.now();
    const options = { policy: spec, capacity, rule, nodes, routing, seed, marks };
    const { hits } = replayStream(stream, options);
    const wallMs = performance.now() - start;
    const saved = savedWork(stream, marks);
    return { policy: word, capacity, oracle, references, hits, saved, wallMs };
  });
}

function rowJson(
  { policy, capacity, references, hits, saved, oracle, wallMs }: CacheRow,
  rule: string,
) {
  return {
    policy,
    capacity: Number.isFinite(capacity) ? capacity : null,
    rule,
    references,
    hits,
    hit_ratio: references === 0 ? 0 : hits / references,
    wall_ms: wallMs,
    token_ratio: saved?.tokenRatio ?? null,
    saved_prefill_ratio: saved?.prefillRatio ?? null,
    oracle,
  };
}
