import { describe, expect, it } from 'vitest';
import { gap } from './mooncake-caches.ts';
import { origins } from './mooncake-placements.ts';
import { closed, lifetimes } from './mooncake-policies.ts';
import { spread } from './mooncake-spread.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('figures on block caches', () => {
  const hits = (policy: string, capacity_blocks: number, found: number) => ({
    ...{ trace: 'conversation', trace_kind: 'recorded', policy, capacity_blocks, hits: found },
    ...{ hit_tokens: 512 * found, input_tokens: 51_200, requests: 10, rule: 'prefix' },
  });
  const caches = [
    hits('lru', 1000, 10),
    hits('lru', 10_000, 40),
    hits('min', 1000, 30),
    hits('min', 10_000, 80),
    hits('arc', 1000, 5),
    hits('arc', 10_000, 50),
    hits('reuse-rate', 1000, 15),
    hits('reuse-rate', 10_000, 44),
  ];

  it('state what LRU has of the hits of Belady', () => {
    const { title, rows, series = [] } = gap(caches);
    expect(plain(title)).toContain('10,000 blocks LRU gets 50.0 %');
    expect(rows.find((row) => row.policy === 'min')?.share).toBe(0.3);
    expect(series.map((one) => one.name)).toEqual(['lru']);
  });

  it('place policies between LRU and Belady, the best first', () => {
    const { title, rows } = closed(caches, 10_000);
    expect(rows.map((row) => [row.policy, row.closed])).toEqual([
      ['arc', 0.25],
      ['reuse-rate', 0.1],
    ]);
    expect(plain(title)).toContain('arc goes 25.0 % of the way; only reuse-rate is above LRU');
  });

  it('take lifetimes over what lasts for ever', () => {
    const ends = [600, null].map((ttl_s) => ({ ttl_s, hits: ttl_s === null ? 200 : 150 }));
    const { title, rows } = lifetimes(ends);
    expect(rows).toEqual([{ ttl_s: 600, share: 0.75 }]);
    expect(plain(title)).toContain('keep 75.0 % of all hits');
  });
});

describe('figures on placement', () => {
  const sent = [
    ['kv-cache-centric', 1000, 40, 10],
    ['cache-aware', 1200, 30, 0],
    ['load-balancing', 2000, 10, 0],
    ['random', 8000, 10, 0],
  ].map(([placement, ttft_mean_ms, cached_tokens, fetched_tokens]) => ({
    ...{ placement, ttft_mean_ms, cached_tokens, fetched_tokens, rate_factor: 1 },
    ...{ input_tokens: 100, trace: 'conversation' },
  })) as never;

  it('tell own blocks from fetched ones', () => {
    const { title, rows } = origins(sent, 1);
    const parts = rows.filter((row) => row.placement === 'kv-cache-centric');
    expect(parts.map((row) => row.share)).toEqual([0.4 - 0.1, 0.1, 1 - (0.4 - 0.1) - 0.1]);
    expect(plain(title)).toContain('finds 40.0 % of the prompt tokens, cache-aware 30.0 %');
  });

  it('say whether the order is that of the papers', () => {
    expect(spread(sent).title).toMatch(
      /^The order of both papers holds.*random is 8\.00x to 8\.00x/,
    );
    const reversed = (sent as { ttft_mean_ms: number }[]).map((row) => ({
      ...row,
      ttft_mean_ms: 1e7 / row.ttft_mean_ms,
    })) as never;
    expect(spread(reversed).title).toContain('does not hold');
  });
});
