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

const folder = mkdtempSync(join(tmpdir(), 'reprise-cache-tiers-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Prompts of whole blocks of 512 tokens, 1 s apart. */
function writeTrace(name: string, prompts: number[][]): string {
  const path = join(folder, `${name}.arrow`);
  const trace = newTrace({
    name,
    arrivalMs: prompts.map((_, i) => 1000 * i),
    inputTokens: prompts.map((ids) => 512 * ids.length),
    outputTokens: prompts.map(() => 1),
    blocks: blockTrace(prompts).blocks,
    blockSize: 512,
  });
  writeFileSync(path, encodeRequestTrace(trace));
  return path;
}

const trace = writeTrace('prompts', [[0, 1], [2, 3], [0, 1, 4], [2], [0, 1]]);

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

describe('reprise cache --tiers', () => {
  it('gives one document for each set of tiers, inf as null', async () => {
    const words = ['--tiers', 'dram:1536,ssd:1024', '--tiers', 'dram:inf', '--json'];
    const rows = JSON.parse(
      await cache(trace, ...words, '--requests', '--load', 'dram:99,ssd:0.1'),
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      requests: 5,
      references: 10,
      found_blocks: 5,
      reused_blocks: 3,
      promoted_blocks: 2,
      demoted_blocks: 4,
      overlap: 'layer-wise',
      tiers: [
        { medium: 'dram', tokens: 1536, bytes_per_s: 99e9, found_blocks: 3, reused_blocks: 3 },
        { medium: 'ssd', tokens: 1024, bytes_per_s: 1e8, found_blocks: 2, reused_blocks: 0 },
      ],
    });
    expect(rows[0].saved_ms).toBeCloseTo(rows[0].whole_prefill_ms - rows[0].prefill_ms, 6);
    expect(rows[0].rows.map((row: { found_blocks: number[] }) => row.found_blocks)).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [0, 1],
      [2, 0],
    ]);
    expect(rows[1].tiers).toMatchObject([{ medium: 'dram', tokens: null, found_blocks: 5 }]);
  });

  it('takes parameters of the store and of the prefill', async () => {
    const words = ['--tiers', 'dram:1536,ssd:2048', '--json'];
    const [plain] = JSON.parse(await cache(trace, ...words));
    const [inclusive] = JSON.parse(await cache(trace, ...words, '--pool', 'inclusion=inclusive'));
    const [small] = JSON.parse(await cache(trace, ...words, '--model', 'llama-3-8b', '--tp', '1'));
    expect(plain.written_through_bytes).toBe(0);
    expect(inclusive.written_through_bytes).toBe(inclusive.stored_bytes);
    expect(small.whole_prefill_ms).not.toBe(plain.whole_prefill_ms);
    // 327,680 and 131,072 bytes a token.
    expect(plain.stored_bytes / small.stored_bytes).toBe(2.5);
  });

  it('prints a table', async () => {
    const text = await cache(trace, '--tiers', 'dram:1536', '--tiers', 'dram:inf', '--nodes', '2');
    expect(text).toContain('5 prompts of 10 blocks');
    expect(text).toContain('2 nodes, round-robin, loads layer-wise');
    expect(text).toMatch(/tiers +found +of blocks +reused +prefill saved/);
    expect(text).toMatch(/^dram inf +5 +50\.0 %/m);
    expect(text).toContain('dram at 128.0 GB/s, as groups of a scenario load');
  });

  it.each([
    [['--tiers', 'dram:0'], 'invalid dram "0" (--tiers): a whole number of tokens above 0, or inf'],
    [['--tiers', 'dram:511'], 'invalid dramTokens 511: at least one block of 512 tokens'],
    [['--tiers', 'hbm:9'], 'unknown tier "hbm" (--tiers): dram or ssd'],
    [['--tiers', 'dram:512,dram:9'], 'dram twice (--tiers)'],
    [['--tiers', 'dram:512', '--nodes', '0'], '--nodes): a whole number, at least 1'],
    [['--tiers', 'dram:512', '--policy', 'lru'], '--policy with --tiers'],
    [['--tiers', 'dram:512', '--from-ms', '5'], '--from-ms with --tiers'],
    [['--tiers', 'dram:512', '--requests'], '--requests without --json'],
    [['--tiers', 'dram:512', '--pool', 'evicton=fifo'], 'did you mean eviction?'],
    [['--tiers', 'dram:512', '--pool', 'eviction=min'], 'host store.eviction): one of lru'],
    [['--tiers', 'dram:512', '--pool', 'dramTokens=5'], 'dramTokens in --pool'],
    [['--tiers', 'dram:512', '--load', 'ssd:5'], 'no rate of dram (--load)'],
    [['--tiers', 'dram:512', '--load', 'dram:0'], 'invalid dram "0" (--load): GB/s above 0'],
    [['--tiers', 'dram:512', '--gpu', 'h200'], 'no host of h200 is known'],
    [['--policy', 'lru', '--capacity', '5', '--load', 'dram:5'], '--load without --tiers'],
    [['--policy', 'lru'], 'missing option --capacity'],
    [['--capacity', '5'], 'missing option --policy'],
  ])('refuses %j', async (words, message) => {
    const refused = cache(trace, ...words);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses a broken chain with its row', async () => {
    const broken = writeTrace('broken', [[0, 1], [2], [2, 1]]);
    await expect(cache(broken, '--tiers', 'dram:512')).rejects.toThrow('follows block 2');
  });
});
