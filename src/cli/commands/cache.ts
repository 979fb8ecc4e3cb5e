import { type Command, Option } from 'commander';
import type { Estimate } from '../../experiment/statistics/interval.ts';
import type { BlockStream, HitRule } from '../../replay/cache/block-stream.ts';
import type { Routing } from '../../replay/cache/routing.ts';
import type { SavedWork } from '../../replay/cache/saved-work.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';
import { cacheTiers } from './cache-tiers.ts';
import { addTierOptions, checkFlags, type TierOptions } from './cache-tiers-options.ts';

interface Options extends TierOptions {
  policy?: string[];
  capacity?: number[];
  rule: HitRule;
  fromMs: number;
  toMs?: number;
  cold?: boolean;
  gap?: boolean;
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
  /** Share of the gap from LRU to Belady, where asked for. */
  readonly gap?: Estimate;
  readonly wallMs: number;
}

export function addCache(program: Command): void {
  const command = program
    .command('cache')
    .description("hits of a trace's prompt blocks under cache policies and capacities")
    .argument('<trace>', 'shipped name, fetched name or .arrow file')
    .option('--policy <list>', 'lru,fifo,…; parameters as lru:touch=head-first', words)
    .option('--capacity <list>', 'blocks: 1000,10000,inf', capacities)
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
    .option(
      '--from-ms <ms>',
      'count requests that arrive from then on',
      wholeNumber('--from-ms', 0),
      0,
    )
    .option('--to-ms <ms>', 'and before then', wholeNumber('--to-ms'))
    .option('--cold', 'an empty cache at --from-ms: what comes before is not replayed')
    .option(
      '--gap',
      'share of the gap from LRU to Belady that is closed, one cache, 90 % intervals',
    )
    .option('--json', 'one JSON document on stdout');
  addTierOptions(command)
    .addHelpText(
      'after',
      `
Rule prefix: the leading resident blocks of a request are hits; its blocks are pinned while room is
made, and touched leaf first. Rule block: every reference is an access of its own, root to leaf.
Requests before --from-ms warm the cache and are not counted; those from --to-ms on do not exist,
not even for Belady.
With --tiers in the place of --policy and --capacity, every node has a host store, and of a found
prefix it loads what beats computing it again. Prompts are stored whole, one after another.

Examples:
  reprise cache kimi-like --policy lru,lfu,sieve,min --capacity 1000,10000,inf
  reprise cache kimi-like --policy lru,reuse-rate,min --capacity 10000 --gap --from-ms 1800000
  reprise cache kimi-like --policy gdsf,lru:ttlMs=300000 --capacity 10000 --rule block
  reprise cache kimi-like --tiers dram:3000000 --tiers dram:3000000,ssd:30000000 --nodes 4
  reprise policies cache`,
    )
    .action(cache);
}

function missing(flag: string): InputError {
  return new InputError(`missing option ${flag}`, { rule: 'policies and capacities, or --tiers' });
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

async function cache(name: string, options: Options, command: Command): Promise<void> {
  checkFlags(command, options.tiers !== undefined);
  if (options.tiers !== undefined) return cacheTiers(name, options);
  const { policy: policyWords, capacity } = options;
  if (policyWords === undefined) throw missing('--policy <list>');
  if (capacity === undefined) throw missing('--capacity <list>');
  const { parseCachePolicy } = await import('../../caching/parse-policy.ts');
  const { readTrace } = await import('../../trace/read.ts');
  const { BlockStream } = await import('../../replay/cache/block-stream.ts');
  const { printJson } = await import('../terminal.ts');
  const policies = policyWords.map((word) => ({ word, spec: parseCachePolicy(word) }));
  const { located, trace } = await readTrace(name);
  if (trace.blocks === null) {
    throw new InputError('a trace without block_ids has nothing to cache', {
      where: located.path,
      rule: 'traces with blocks: reprise traces list',
    });
  }
  const { windowOf } = await import('../../replay/cache/window.ts');
  const { fromMs, toMs = Number.POSITIVE_INFINITY, cold } = options;
  const whole = fromMs === 0 && options.toMs === undefined;
  const part = whole ? trace : windowOf(trace, { fromMs, toMs }, cold ? 'cold' : 'warm');
  const stream = new BlockStream(part);
  const { firstFrom } = await import('../../replay/cache/window.ts');
  const first = firstFrom(stream.arrivalMs, fromMs);
  const gap = options.gap ? await gapOf(stream, first, options) : undefined;
  const rows: CacheRow[] = [];
  for (const policy of policies) {
    rows.push(...(await replayAll(stream, policy, { ...options, capacity, first, gap })));
  }
  if (options.json) return printJson(rows.map((row) => rowJson(row, options.rule)));
  const { printCache } = await import('./cache-view.ts');
  printCache(rows, stream, { ...options, trace: name });
}

async function gapOf(stream: BlockStream, first: number, { rule, nodes }: Options) {
  if (nodes > 1) throw new InputError('--gap with several nodes', { rule: 'one cache' });
  const { createGap } = await import('./cache-gap.ts');
  return createGap(stream, { rule, first });
}

interface ReplayOptions extends Omit<Options, 'gap'> {
  readonly capacity: number[];
  /** The first request that is counted. */
  readonly first: number;
  readonly gap: ((marks: Uint8Array, capacity: number) => Estimate) | undefined;
}

/** From so many capacities on, LRU is counted at all of them in one pass. */
const curveFrom = 8;

async function replayAll(
  stream: BlockStream,
  { word, spec }: { word: string; spec: { kind: string; [name: string]: unknown } },
  { capacity: asked, rule, nodes, routing, seed, first, gap }: ReplayOptions,
): Promise<CacheRow[]> {
  const { cachePolicies } = await import('../../caching/policies.ts');
  const { checkCapacity, replayStream } = await import('../../replay/cache/replay-blocks.ts');
  const { savedWork } = await import('../../replay/cache/saved-work.ts');
  const { countFrom } = await import('../../replay/cache/window.ts');
  const oracle = cachePolicies.oraclesOf(spec);
  const plain = spec.kind === 'lru' && spec.admission === 'always' && spec.ttlMs === 0;
  const curved = plain && spec.form === 'free' && nodes === 1 && asked.length >= curveFrom;
  if (curved && first === 0 && gap === undefined) {
    const { lruCurve } = await import('../../replay/cache/stack-distances.ts');
    for (const capacity of asked) checkCapacity(capacity, stream, rule);
    const start = performance.now();
    const curve = lruCurve(stream, { rule, headFirst: spec.touch === 'head-first' });
    const wallMs = (performance.now() - start) / asked.length;
    const common = { policy: word, oracle, references: stream.references, wallMs };
    return asked.map((capacity) => ({ ...common, capacity, ...curve.at(capacity) }));
  }
  return asked.map((capacity) => {
    const marks = new Uint8Array(stream.ids.length);
    const start = performance.now();
    const options = { policy: spec, capacity, rule, nodes, routing, seed, marks };
    replayStream(stream, options);
    const wallMs = performance.now() - start;
    const saved = savedWork(stream, marks, first);
    const counted = countFrom(stream, marks, first);
    const closed = gap && { gap: gap(marks, capacity) };
    return { policy: word, capacity, oracle, ...counted, saved, wallMs, ...closed };
  });
}

function rowJson(
  { policy, capacity, references, hits, saved, oracle, wallMs, gap }: CacheRow,
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
    ...(gap && {
      gap_closed: Number.isNaN(gap.value) ? null : gap.value,
      gap_interval: gap.interval,
    }),
  };
}
