/**
 * Hits of the public Mooncake traces, counted by others than this code: src/replay/cache is held
 * against every one of them. Capacities in blocks; one count for each.
 */
import type { PolicySpec } from '../../../policy/registry.ts';
import type { HitRule } from '../block-stream.ts';

export interface ReferenceRow {
  readonly policy: PolicySpec;
  readonly rule: HitRule;
  readonly hits: readonly number[];
}

interface ReferenceTrace {
  readonly references: number;
  /** Hits of a cache that never evicts. */
  readonly most: number;
  /** Tokens of those hits. */
  readonly mostTokens: number;
  readonly inputTokens: number;
  readonly capacities: readonly number[];
  readonly rows: readonly ReferenceRow[];
  /** Hits under the prefix rule, unlimited, by lifetime in s. */
  readonly lifetimes: readonly (readonly [number, number])[];
  /** Local caches of 5,859 blocks (3 M tokens), prefix rule, requests in turn: hits by nodes, or
   * their ratio where no more was published. */
  readonly roundRobin: readonly (readonly [number, number | string])[];
  /** After so many requests: references, then hits of [policy, capacity] under the prefix rule. */
  readonly checkpoints: readonly {
    readonly requests: number;
    readonly references: number;
    /** Where it is the same for every policy above. */
    readonly allHits?: number;
    readonly hits?: readonly (readonly [string, number, number])[];
  }[];
}

const headFirst = { touch: 'head-first' };

function row(rule: HitRule, kind: string, parameters: object, hits: readonly number[]) {
  return { rule, policy: { kind, ...parameters }, hits };
}

const conversation: ReferenceTrace = {
  references: 288_500,
  most: 105_710,
  mostTokens: 54_098_411,
  inputTokens: 144_793_823,
  capacities: [1_000, 5_000, 10_000, 30_000, 50_000, 100_000],
  rows: [
    row('prefix', 'lru', {}, [12_847, 32_260, 61_046, 93_978, 102_290, 104_924]),
    row('prefix', 'lru', headFirst, [12_831, 31_840, 60_921, 93_967, 102_290, 104_924]),
    row('prefix', 'fifo', {}, [12_840, 30_698, 52_403, 84_808, 96_231, 102_804]),
    row('prefix', 'fifo', headFirst, [12_824, 30_505, 52_338, 84_635, 96_231, 102_804]),
    row('prefix', 'lfu', {}, [13_871, 26_642, 38_004, 79_613, 99_205, 104_755]),
    row('prefix', 'lfu-perfect', {}, [22_320, 40_735, 54_034, 80_750, 98_968, 104_755]),
    row('prefix', 'lfu-da', {}, [12_847, 34_763, 62_812, 94_746, 102_354, 104_755]),
    row('prefix', 'length-aware', {}, [14_495, 23_026, 32_285, 58_487, 75_055, 96_488]),
    row(
      'prefix',
      'length-aware',
      { evict: 'shallow-first' },
      [12_030, 12_299, 15_112, 33_394, 42_869, 71_707],
    ),
    row('prefix', 'min', {}, [51_705, 97_995, 105_710, 105_710, 105_710, 105_710]),
    row('block', 'lru', {}, [12_831, 31_840, 60_921, 93_967, 102_290, 104_924]),
    row('block', 'fifo', {}, [12_559, 30_780, 53_812, 87_152, 98_096, 103_651]),
    row('block', 'lfu', {}, [13_871, 26_626, 38_013, 79_595, 99_189, 104_755]),
    row('block', 'sieve', {}, [13_871, 26_626, 38_013, 79_595, 99_189, 104_755]),
    row('block', 's3-fifo', {}, [16_041, 39_885, 56_390, 88_314, 100_994, 104_574]),
    row('block', 'arc', {}, [15_275, 32_777, 64_205, 89_675, 99_056, 104_755]),
    row('block', 'min', {}, [54_994, 98_444, 105_710, 105_710, 105_710, 105_710]),
    row('block', 'min', { bypass: true }, [55_019, 98_448, 105_710, 105_710, 105_710, 105_710]),
  ],
  lifetimes: [
    [30, 16_901],
    [60, 29_821],
    [120, 55_279],
    [300, 83_010],
    [600, 99_061],
    [1_200, 103_701],
    [1_800, 104_868],
  ],
  roundRobin: [
    [8, 32_690],
    [10, 30_047],
    [16, 27_013],
  ],
  checkpoints: [
    {
      requests: 10,
      references: 228,
      allHits: 9,
    },
    {
      requests: 100,
      references: 3_034,
      allHits: 99,
    },
    {
      requests: 1_000,
      references: 27_305,
      hits: [
        ['lru', Infinity, 5_791],
        ['lru', 1_000, 1_038],
        ['lru', 10_000, 4_723],
        ['lfu', 10_000, 4_762],
      ],
    },
    {
      requests: 3_000,
      references: 80_619,
      hits: [
        ['lru', Infinity, 25_332],
        ['lru', 1_000, 3_273],
        ['lru', 10_000, 16_863],
        ['lfu', 10_000, 16_000],
      ],
    },
  ],
};

const synthetic: ReferenceTrace = {
  references: 121_877,
  most: 77_953,
  mostTokens: 39_852_661,
  inputTokens: 61_194_628,
  capacities: [1_000, 5_000, 10_000, 30_000],
  rows: [
    row('prefix', 'lru', {}, [10_252, 34_043, 51_669, 76_077]),
    row('prefix', 'lru', headFirst, [10_050, 34_018, 51_614, 76_077]),
    row('block', 'lru', {}, [10_050, 34_018, 51_614, 76_077]),
    row('prefix', 'fifo', {}, [10_262, 32_561, 48_578, 72_411]),
    row('prefix', 'fifo', headFirst, [9_986, 32_379, 48_385, 72_411]),
    row('prefix', 'lfu', {}, [6_104, 24_977, 44_139, 76_290]),
    row('prefix', 'lfu-perfect', {}, [10_375, 32_263, 51_486, 76_290]),
    row('prefix', 'lfu-da', {}, [10_858, 33_870, 52_284, 76_290]),
    row('prefix', 'length-aware', {}, [5_525, 14_444, 25_730, 63_694]),
    row('prefix', 'length-aware', { evict: 'shallow-first' }, [431, 1_784, 3_506, 37_120]),
    row('prefix', 'min', {}, [32_803, 64_063, 75_241, 77_953]),
    row('block', 'fifo', {}, [9_597, 32_387, 48_633, 72_529]),
    row('block', 'lfu', {}, [4_885, 24_049, 43_602, 76_290]),
    row('block', 'sieve', {}, [4_885, 24_049, 43_602, 76_290]),
    row('block', 's3-fifo', {}, [10_523, 34_736, 50_796, 74_659]),
    row('block', 'arc', {}, [11_375, 35_052, 53_091, 76_290]),
    row('block', 'min', {}, [33_713, 64_135, 75_315, 77_953]),
    row('block', 'min', { bypass: true }, [33_728, 64_139, 75_316, 77_953]),
  ],
  lifetimes: [
    [30, 26_242],
    [60, 39_202],
    [120, 53_223],
    [300, 71_228],
    [600, 77_265],
    [1_200, 77_953],
    [1_800, 77_953],
  ],
  roundRobin: [
    [8, '0.1943'],
    [10, '0.1681'],
    [16, '0.1349'],
  ],
  checkpoints: [
    { requests: 10, references: 498, allHits: 0 },
    {
      requests: 100,
      references: 2_631,
      hits: [
        ['lru', Infinity, 101],
        ['lru', 1_000, 100],
      ],
    },
    {
      requests: 1_000,
      references: 23_787,
      hits: [
        ['lru', Infinity, 4_007],
        ['lru', 1_000, 241],
        ['lru', 10_000, 2_785],
        ['lfu', 10_000, 2_757],
      ],
    },
    {
      requests: 3_000,
      references: 81_711,
      hits: [
        ['lru', Infinity, 40_317],
        ['lru', 1_000, 2_214],
        ['lru', 10_000, 21_486],
        ['lfu', 10_000, 21_659],
      ],
    },
  ],
};

export const referenceHits = { conversation, synthetic } as const;
