import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { blockTrace } from '../../replay/cache/testing/block-traces.ts';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { newTrace } from '../../trace/new-trace.ts';
import { InputError } from '../../units/input-error.ts';
import { addCache } from './cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Prompts of whole blocks of 4 tokens, 1 s apart. */
function writeTrace(name: string, prompts: number[][], withBlocks = true): string {
  const path = join(folder, `${name}.arrow`);
  const { blocks } = blockTrace(prompts);
  const trace = newTrace({
    name,
    arrivalMs: prompts.map((_, i) => 1000 * i),
    inputTokens: prompts.map((ids) => 4 * ids.length),
    outputTokens: prompts.map(() => 1),
    ...(withBlocks && { blocks, blockSize: 4 }),
  });
  writeFileSync(path, encodeRequestTrace(trace));
  return path;
}

const prompts = [
  [0, 1],
  [0, 2],
  [0, 1],
  [0, 3],
  [0, 2],
];
const trace = writeTrace('prompts', prompts);

async function cache(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const program = new Command('reprise').exitOverride();
  addCache(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} });
  await program.parseAsync(['cache', ...words], { from: 'user' });
  return out;
}

describe('reprise cache', () => {
  it('counts the requests of a window, warm from those before it or cold', async () => {
    const words = [trace, '--policy', 'lru', '--capacity', 'inf', '--from-ms', '2000', '--json'];
    const counts = async (...more: string[]) => {
      const [row] = JSON.parse(await cache(...words, ...more));
      return [row.hits, row.references];
    };
    expect(await counts()).toEqual([5, 6]);
    expect(await counts('--cold')).toEqual([2, 6]);
    expect(await counts('--to-ms', '3000')).toEqual([2, 2]);
    await expect(counts('--to-ms', '1000')).rejects.toThrow('no request arrives');
  });

  it('says how much of the gap from LRU to Belady a policy closes', async () => {
    const roots = writeTrace('roots', [[0], [1], [2], [0], [1], [0]]);
    const words = ['--capacity', '2', '--rule', 'block', '--gap', '--json'];
    const rows = JSON.parse(await cache(roots, '--policy', 'lru,lfu,min', ...words));
    const [lru, lfu, min] = rows.map(({ hits }: { hits: number }) => hits);
    const closed = rows.map((row: { gap_closed: number }) => row.gap_closed);
    expect(min).toBeGreaterThan(lru);
    expect(closed).toEqual([0, (lfu - lru) / (min - lru), 1]);
    expect(rows[2].gap_interval).toMatchObject({ level: 0.9, draws: expect.any(Number) });
    const nodes = cache(trace, '--policy', 'lru', ...words, '--nodes', '2');
    await expect(nodes).rejects.toThrow(InputError);
  });

  it('gives one row for each policy and capacity, inf as null', async () => {
    const words = ['--policy', 'lru,min', '--capacity', '2,inf', '--rule', 'block', '--json'];
    const rows = JSON.parse(await cache(trace, ...words));
    const common = { rule: 'block', references: 10, wall_ms: expect.any(Number) };
    expect(rows).toEqual([
      {
        ...common,
        policy: 'lru',
        capacity: 2,
        hits: 4,
        hit_ratio: 0.4,
        token_ratio: 0.4,
        saved_prefill_ratio: expect.closeTo(0.4, 4),
        oracle: [],
      },
      expect.objectContaining({ policy: 'lru', capacity: null, hits: 6, hit_ratio: 0.6 }),
      expect.objectContaining({ policy: 'min', capacity: 2, oracle: ['future'] }),
      expect.objectContaining({ policy: 'min', capacity: null, hits: 6, ...common }),
    ]);
  });

  it('uses the prefix rule unless told otherwise, and names policies as given', async () => {
    const policy = 'lru:form=leaf-only:touch=head-first';
    const [row] = JSON.parse(await cache(trace, '--policy', policy, '--capacity', '3', '--json'));
    expect(row).toMatchObject({ policy, rule: 'prefix', hits: 5 });
  });

  it('counts LRU at many capacities as it does at one', async () => {
    const capacities = ['2', '3', '4', '5', '6', '7', '8', 'inf'];
    const words = ['--policy', 'lru', '--rule', 'block', '--json'];
    const many = JSON.parse(await cache(trace, ...words, '--capacity', capacities.join(',')));
    for (const [i, capacity] of capacities.entries()) {
      const [one] = JSON.parse(await cache(trace, ...words, '--capacity', capacity));
      const wall_ms = expect.any(Number);
      const saved_prefill_ratio = expect.closeTo(one.saved_prefill_ratio, 12);
      expect(many[i]).toEqual({ ...one, wall_ms, saved_prefill_ratio });
    }
  });

  it('spreads requests over nodes', async () => {
    const words = ['--policy', 'lru', '--capacity', '5', '--nodes', '2', '--json'];
    const [turns] = JSON.parse(await cache(trace, ...words));
    const [longest] = JSON.parse(await cache(trace, ...words, '--routing', 'longest-prefix'));
    expect([turns.hits, longest.hits]).toEqual([4, 6]);
  });

  it('prints a table with shares of blocks, tokens and prefill time', async () => {
    const text = await cache(
      trace,
      '--policy',
      'lru,min',
      '--capacity',
      '2,inf',
      '--rule',
      'block',
    );
    expect(text).toContain('10 references, 4 blocks of 4 tokens');
    expect(text).toMatch(/policy +capacity +hits +of blocks +of tokens +of prefill time +ms/);
    expect(text).toMatch(/^lru +2 +4 +40\.0 % +40\.0 % +40\.0 %/m);
    expect(text).toMatch(/^min \[oracle: future\] +inf +6 +60\.0 %/m);
  });

  it.each([
    [['--policy', 'lur', '--capacity', '5'], 'unknown cache policy "lur": did you mean lru?'],
    [['--policy', 'lru', '--capacity', '0'], 'invalid capacity "0" (--capacity): a whole number'],
    [['--policy', 'lru', '--capacity', '-3'], 'invalid capacity "-3"'],
    [['--policy', 'lru', '--capacity', '2,many'], 'invalid capacity "many"'],
    [['--policy', 'lru', '--capacity', '1'], 'invalid capacity 1: a whole number of at least 2'],
    [['--policy', 'lru', '--capacity', '1,2,3,4,5,6,7,8'], 'invalid capacity 1: a whole number'],
    [['--policy', 'slru:protectedShare=2', '--capacity', '5'], 'slru.protectedShare): a finite'],
    [
      ['--policy', 'lru', '--capacity', '5', '--nodes', '0'],
      '--nodes): a whole number, at least 1',
    ],
  ])('refuses %j', async (words, message) => {
    const refused = cache(trace, ...words);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses an unknown rule and a missing capacity', async () => {
    const words = ['--policy', 'lru', '--capacity', '5', '--rule', 'leading'];
    await expect(cache(trace, ...words)).rejects.toThrow('Allowed choices are prefix, block');
    await expect(cache(trace, '--policy', 'lru')).rejects.toThrow('--capacity');
  });

  it('refuses a trace without blocks and one with a broken chain', async () => {
    const words = ['--policy', 'lru', '--capacity', '5'];
    const bare = cache(writeTrace('bare', prompts, false), ...words);
    await expect(bare).rejects.toThrow(/without block_ids has nothing to cache \(.*bare\.arrow\)/);
    const broken = writeTrace('broken', [[0, 1], [2], [2, 1]]);
    const refused = cache(broken, ...words);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow('follows block 2, but 0 in an earlier row');
  });
});
