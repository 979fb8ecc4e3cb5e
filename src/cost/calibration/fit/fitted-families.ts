import type { KernelConstants, Kernels } from '../../kernels.ts';
import type { Family } from '../check/families.ts';
import * as forms from '../check/kernel-forms.ts';
import type { FitRow } from './fit-rows.ts';

/** A constant that a fit looks for, on a logarithmic scale. */
export interface FittedConstant {
  readonly name: string;
  /** Where the search begins. */
  readonly start: number;
  /** Largest value that has a meaning. */
  readonly most?: number;
  /** False where the rows cannot tell it: it then stays as it was. */
  readonly identified?: (rows: readonly FitRow[]) => boolean;
  /**
   * The value that takes its term out of the form. The constant has it unless another lowers the
   * loss by a tenth: for what only some kernels do.
   */
  readonly neutral?: number;
}

/** Constants that are fitted together, on rows of one kind. */
export interface FittedFamily {
  /** As the check calls it, or a part of it. */
  readonly name: string;
  /** Where its constants stand in the tree. */
  readonly path: readonly string[];
  readonly constants: readonly FittedConstant[];
  readonly takes: (row: FitRow) => boolean;
  /** Rows of one shape are held out together. */
  readonly shapeOf: (row: FitRow) => string;
  readonly predict: (kernels: Kernels, row: FitRow) => number;
  /** Thins rows that are far denser in one size than the others. */
  readonly thin?: (row: FitRow) => string;
}

const constant = (name: string, start: number, rest: Partial<FittedConstant> = {}) => ({
  name,
  start,
  ...rest,
});

/** The forms take the shapes that the rows of their family have. */
const shape = <T>(row: FitRow) => row.shape as T;
type GemmShape = Parameters<typeof forms.gemmUs>[1];
type PrefillShape = Parameters<typeof forms.prefillAttentionUs>[1];
type DecodeShape = Parameters<typeof forms.decodeAttentionUs>[1];
type ReduceShape = Parameters<typeof forms.allReduceUs>[2];
type ExpertsShape = Parameters<typeof forms.expertsUs>[1];

const inFamily =
  (family: Family) =>
  (row: FitRow): boolean =>
    row.family === family;
const named = (...names: string[]) => {
  return (row: FitRow) => names.map((name) => row.shape[name]).join(' ');
};
const headsOf = named('heads', 'kvHeads', 'headDim');
/** Fewer blocks than multiprocessors read KV that query heads share. */
const isStarved = ({ shape: { batch, heads, kvHeads }, smCount }: FitRow) =>
  Number(heads) > Number(kvHeads) && Number(batch) * Number(kvHeads) < smCount;

/** The point of a grid of `perOctave` sizes for each doubling that lies nearest. */
function octave(value: number, perOctave: number): number {
  return Math.round(perOctave * Math.log2(value));
}

const gemm: Pick<FittedFamily, 'path' | 'constants' | 'shapeOf' | 'predict'> = {
  path: ['gemm'],
  constants: [
    constant('startUs', 5),
    constant('flopsShare', 0.7),
    constant('bytesShare', 0.8),
    constant('exponent', 2, { most: 20 }),
    constant('waves', 1, { most: 1, neutral: 0 }),
  ],
  shapeOf: named('n', 'k'),
  predict: (kernels, row) => forms.gemmUs(kernels, shape<GemmShape>(row)),
};

const attentionPrefill: Pick<FittedFamily, 'path' | 'shapeOf' | 'predict'> = {
  path: ['prefillAttention'],
  shapeOf: headsOf,
  predict: (kernels, row) => forms.prefillAttentionUs(kernels, shape<PrefillShape>(row)),
};

const smallAllReduce = ({ shape: { bytes } }: FitRow) => Number(bytes) <= 8 * 2 ** 20;
const allReduce = (impl: 'custom' | 'nccl'): Pick<FittedFamily, 'shapeOf' | 'predict'> => ({
  shapeOf: named('bytes'),
  predict: (kernels, row) =>
    forms.allReduceUs(kernels, impl, shape<ReduceShape>(row)) ?? Number.NaN,
});

const elementwise = (op: keyof KernelConstants['elementwise'], names: RegExp): FittedFamily => ({
  name: `elementwise ${op}`,
  path: ['elementwise', op],
  constants: [constant('startUs', 2), constant('usPerMillion', 3)],
  takes: (row) => row.family === 'elementwise' && names.test(String(row.shape.op)),
  shapeOf: named('width'),
  predict: (kernels, { shape: { tokens, width } }) =>
    kernels.elementwiseUs(op, Number(tokens) * Number(width)),
  thin: ({ shape: { op: measured, tokens, width } }) =>
    `${measured} ${width} ${octave(Number(tokens), 2)}`,
});

/** In this order: prompts on a prefix are fitted with what prompts without one gave. */
export const fittedFamilies: readonly FittedFamily[] = [
  {
    ...gemm,
    name: 'gemm',
    takes: inFamily('gemm'),
    // Profiles of whole layers have hundreds of row counts for a shape, most of them large.
    thin: ({ shape: { m, n, k } }) => `${n} ${k} ${octave(Number(m), 2)}`,
  },
  { ...gemm, name: 'gemm-microbench', takes: inFamily('gemm-microbench') },
  {
    ...attentionPrefill,
    name: 'attention-prefill',
    constants: [
      constant('startUs', 10),
      constant('flopsShare', 0.6, { most: 1 }),
      constant('bytesShare', 0.5),
    ],
    takes: (row) => row.family === 'attention-prefill' && row.shape.prefix === 0,
  },
  {
    ...attentionPrefill,
    name: 'attention-prefix',
    constants: [
      constant('prefixFactor', 1.5),
      constant('prefixMasked', 0.5, { most: 1, neutral: 0 }),
    ],
    takes: (row) => row.family === 'attention-prefill' && Number(row.shape.prefix) > 0,
  },
  {
    name: 'attention-decode',
    path: ['decodeAttention'],
    constants: [
      constant('startUs', 10),
      constant('kvShare', 0.8, { most: 1 }),
      constant('queryShare', 0.3),
      constant('blockUs', 1),
      constant('groupedBlockShare', 0.02, {
        most: 1,
        neutral: 1,
        identified: (rows) => rows.some(isStarved),
      }),
      constant('blockBytesPerS', 20e9, { identified: (rows) => rows.some((row) => row.unsplit) }),
    ],
    takes: inFamily('attention-decode'),
    shapeOf: headsOf,
    predict: (kernels, row) => forms.decodeAttentionUs(kernels, shape<DecodeShape>(row), row),
  },
  {
    ...allReduce('custom'),
    name: 'allreduce up to 8 MiB',
    path: ['allReduce'],
    constants: [constant('startUs', 5), constant('perGpuUs', 0.3), constant('smallShare', 0.5)],
    takes: (row) => row.family === 'allreduce' && smallAllReduce(row),
  },
  {
    ...allReduce('custom'),
    name: 'allreduce above 8 MiB',
    path: ['allReduce'],
    constants: [constant('largeStartUs', 50), constant('largeShare', 0.7)],
    takes: (row) => row.family === 'allreduce' && !smallAllReduce(row),
  },
  {
    ...allReduce('nccl'),
    name: 'allreduce-nccl',
    path: ['allReduceNccl'],
    constants: [constant('startUs', 10), constant('perGpuUs', 2), constant('share', 0.6)],
    takes: ({ op }) => op === 'all_reduce nccl',
  },
  {
    name: 'moe',
    path: ['experts'],
    constants: [
      constant('startUs', 20),
      constant('per128ExpertsUs', 4, {
        identified: (rows) => rows.some((row) => row.shape.experts !== rows[0]?.shape.experts),
      }),
      constant('flopsShare', 0.5, { most: 1 }),
      constant('bytesShare', 0.8, { most: 1 }),
      constant('exponent', 2, { most: 20 }),
      constant('trafficFactor', 2),
    ],
    takes: inFamily('moe'),
    shapeOf: named('hidden', 'width', 'topK', 'experts'),
    predict: (kernels, row) => forms.expertsUs(kernels, shape<ExpertsShape>(row)),
  },
  elementwise('norm', /norm$/),
  elementwise('rope', /rope$/),
  elementwise('activation', /act$/),
  elementwise('residualAdd', /^add$/),
  elementwise('embedding', /^emb/),
];
