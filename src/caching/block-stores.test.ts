import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { blockStores } from './block-stores.ts';
import type { BlockStoreChoice } from './store/block-store.ts';
import { storeEvictions } from './store/pool.ts';

function choice(spec: { kind: string; [name: string]: unknown }): BlockStoreChoice {
  return blockStores.create(spec, { seed: 1 });
}

const context = {
  blocks: 2,
  blockTokens: 512,
  kvBytesPerToken: 1,
  forest: { parent: Int32Array.of(-1, 0), depth: Int32Array.of(0, 1) },
  listener: { added: () => {}, removed: () => {} },
  seed: 1,
};

describe('blockStores', () => {
  it('offers a node without a store, which takes nothing', () => {
    const none = choice({ kind: 'none' });
    const store = none.build(context);
    expect([none.enabled, none.tiers]).toEqual([false, []]);
    expect(store.put(Int32Array.of(0, 1), 0, 2, 0)).toBe(0);
    expect([store.leading(Int32Array.of(0), 0, 1), store.tierOf(0), store.residents(0)]).toEqual([
      0, -1, 0,
    ]);
    expect(() => store.pin(0)).toThrow('block 0 is not resident');
  });

  it('offers a pool of DRAM, of SSD, and of both, the faster first', () => {
    const tiers = (dramTokens: number, ssdTokens: number) =>
      choice({ kind: 'pool', dramTokens, ssdTokens }).tiers.map(({ medium }) => medium);
    expect([tiers(512, 0), tiers(0, 512), tiers(512, 512)]).toEqual([
      ['dram'],
      ['ssd'],
      ['dram', 'ssd'],
    ]);
    expect(blockStores.complete({ kind: 'pool' }, 'store')).toMatchObject({
      dramTokens: 3_000_000,
      ssdTokens: 0,
      eviction: 'lru',
      watermark: 1,
      leaseMs: 0,
    });
  });

  it('offers the policies that need neither future nor sessions', () => {
    expect(storeEvictions).toContain('lru');
    expect(storeEvictions).toContain('arc');
    expect(storeEvictions).not.toContain('min');
    expect(storeEvictions).not.toContain('session-aware');
  });

  it.each([
    [{ dramTokens: 0 }, 'a pool with dramTokens 0 and ssdTokens 0'],
    [{ dramTokens: -1 }, 'host store.dramTokens): an integer, at least 0'],
    [{ dramTokens: Number.POSITIVE_INFINITY }, 'an integer, at least 0'],
    [{ eviction: 'min' }, 'host store.eviction): one of lru'],
    [{ watermark: 2 }, 'host store.watermark): a finite number from 0 to 1'],
    [
      { inclusion: 'inclusive', dramTokens: 1024, ssdTokens: 512 },
      'an inclusive pool with ssdTokens 512: at least dramTokens, 1024',
    ],
    [
      { inclusion: 'inclusive', dramTokens: 512, ssdTokens: 512, ssdAdmission: 'second-hit' },
      'an inclusive pool with ssdAdmission second-hit',
    ],
  ])('refuses %j', (given, message) => {
    const refused = () => choice({ kind: 'pool', ...given });
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(message);
  });

  it('refuses a tier that holds no block', () => {
    const small = choice({ kind: 'pool', dramTokens: 511 });
    expect(() => small.build(context)).toThrow('invalid dramTokens 511: at least one block of 512');
  });
});
