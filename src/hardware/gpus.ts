import { InputError } from '../units/input-error.ts';
import { nearestName, unknownName } from '../units/nearest.ts';

/** One GPU as data. Every figure has its source in `sources`, under the same name. */
export interface Gpu {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly smCount: number;
  /** Peak dense bf16/fp16 rate with fp32 accumulation, FLOP/s. */
  readonly flopsPerS: number;
  /** Memory that the driver reports as total, bytes. */
  readonly hbmBytes: number;
  readonly hbmBytesPerS: number;
  /** NVLink, one direction, all lanes of the GPU together; 0 where there is none. */
  readonly nvlinkBytesPerS: number;
  /** PCIe, one direction, nominal. */
  readonly pcieBytesPerS: number;
  readonly powerW: number;
  readonly gpusPerHost: number;
  readonly sources: Readonly<Record<GpuFigure, string>>;
}

type GpuFigure =
  | 'smCount'
  | 'flopsPerS'
  | 'hbmBytes'
  | 'hbmBytesPerS'
  | 'nvlinkBytesPerS'
  | 'pcieBytesPerS'
  | 'powerW'
  | 'gpusPerHost';

const aiconfigurator = (file: string) =>
  `ai-dynamo/aiconfigurator@095f58a5 aic-core/src/aiconfigurator_core/systems/${file}`;
const datasheet = 'NVIDIA product data sheet, recalled';
const GiB = 2 ** 30;

const a100Sxm: Gpu = {
  name: 'a100-80gb',
  aliases: [
    'a100',
    'a100-sxm',
    'a100-80gb-sxm',
    'a100-sxm4-80gb',
    'nvidia a100-sxm4-80gb',
    'a100_sxm',
    'a100_dgx',
  ],
  smCount: 108,
  flopsPerS: 312e12,
  hbmBytes: 85_899_345_920,
  hbmBytesPerS: 2.039e12,
  nvlinkBytesPerS: 300e9,
  pcieBytesPerS: 32e9,
  powerW: 400,
  gpusPerHost: 8,
  sources: {
    smCount: datasheet,
    flopsPerS: aiconfigurator('a100_sxm.yaml'),
    hbmBytes: aiconfigurator('a100_sxm.yaml'),
    hbmBytesPerS: aiconfigurator('a100_sxm.yaml'),
    nvlinkBytesPerS: aiconfigurator('a100_sxm.yaml'),
    pcieBytesPerS: aiconfigurator('a100_sxm.yaml'),
    powerW: aiconfigurator('a100_sxm.yaml'),
    gpusPerHost: aiconfigurator('a100_sxm.yaml'),
  },
};

const h100Sxm: Gpu = {
  name: 'h100-80gb',
  aliases: ['h100', 'h100-sxm', 'h100-80gb-sxm', 'h100_sxm', 'h100_dgx', 'nvidia h100 80gb hbm3'],
  smCount: 132,
  flopsPerS: 989e12,
  hbmBytes: 80 * GiB,
  hbmBytesPerS: 3.35e12,
  nvlinkBytesPerS: 450e9,
  pcieBytesPerS: 64e9,
  powerW: 700,
  gpusPerHost: 8,
  sources: {
    smCount: datasheet,
    flopsPerS: aiconfigurator('h100_sxm.yaml'),
    hbmBytes: `${datasheet}; 80 GiB as for the A100`,
    hbmBytesPerS: aiconfigurator('h100_sxm.yaml'),
    nvlinkBytesPerS: aiconfigurator('h100_sxm.yaml'),
    pcieBytesPerS: datasheet,
    powerW: datasheet,
    gpusPerHost: datasheet,
  },
};

/** All GPUs, the calibrated one first. */
export const gpus: readonly Gpu[] = [
  a100Sxm,
  {
    ...a100Sxm,
    name: 'a800-80gb',
    aliases: ['a800', 'a800-sxm', 'a800-sxm4-80gb'],
    nvlinkBytesPerS: 200e9,
    sources: {
      ...a100Sxm.sources,
      nvlinkBytesPerS: `${datasheet}: an A100 with NVLink cut from 600 to 400 GB/s in both directions`,
    },
  },
  {
    ...a100Sxm,
    name: 'a100-80gb-pcie',
    aliases: ['a100-pcie'],
    hbmBytesPerS: 1.935e12,
    nvlinkBytesPerS: 0,
    powerW: 300,
    sources: {
      ...a100Sxm.sources,
      hbmBytesPerS: `${datasheet}; agrees with vllm-project/vllm pull request 53060 (Qwen3-8B)`,
      nvlinkBytesPerS: 'no bridge assumed; a pair may be bridged',
      powerW: datasheet,
    },
  },
  h100Sxm,
  {
    ...h100Sxm,
    name: 'h200',
    aliases: ['h200-sxm', 'h200-141gb', 'nvidia h200', 'h200_sxm'],
    hbmBytes: 150_109_880_320,
    hbmBytesPerS: 4.8e12,
    sources: {
      ...h100Sxm.sources,
      smCount: 'device query on one H200',
      hbmBytes: 'device query on one H200',
      hbmBytesPerS: aiconfigurator('h200_sxm.yaml'),
    },
  },
  {
    name: 'rtx-4090',
    aliases: ['4090', 'rtx4090', 'geforce-rtx-4090'],
    smCount: 128,
    flopsPerS: 165.2e12,
    hbmBytes: 24 * GiB,
    hbmBytesPerS: 1.008e12,
    nvlinkBytesPerS: 0,
    pcieBytesPerS: 32e9,
    powerW: 450,
    gpusPerHost: 1,
    sources: {
      smCount: datasheet,
      flopsPerS: `${datasheet} (dense, fp32 accumulation)`,
      hbmBytes: datasheet,
      hbmBytesPerS: datasheet,
      nvlinkBytesPerS: datasheet,
      pcieBytesPerS: 'PCIe 4.0 x16, nominal',
      powerW: datasheet,
      gpusPerHost: 'a workstation (ProMoE, arXiv 2410.22134, uses one)',
    },
  },
];

/** The GPU of that name or alias, in any case. */
export function gpuNamed(name: string): Gpu {
  const found = findGpu(name);
  if (found === undefined) {
    const names = gpus.map((gpu) => gpu.name);
    const all = [...names, ...gpus.flatMap((gpu) => gpu.aliases)];
    throw unknownName('GPU', name, nearestName(name.toLowerCase(), all) ? all : names);
  }
  return found;
}

/** What the cost forms need to know of a GPU that is not in the table. */
export interface Peaks {
  /** FLOP/s, dense 16-bit operands with fp32 accumulation. */
  readonly flopsPerS: number;
  readonly hbmBytesPerS: number;
  /** The A100's where it is not said. */
  readonly smCount?: number | undefined;
  readonly hbmBytes?: number | undefined;
  /** One direction; all-reduces are not priced without. */
  readonly nvlinkBytesPerS?: number | undefined;
}

/** The GPU of that name or alias, or undefined. */
export function findGpu(name: string): Gpu | undefined {
  const wanted = name.toLowerCase();
  return gpus.find((gpu) => gpu.name === wanted || gpu.aliases.includes(wanted));
}

/** A GPU that is not in the table, by its peaks; what they do not say is 0 or the A100's. */
export function gpuOfPeaks(name: string, peaks: Peaks): Gpu {
  for (const [figure, value] of Object.entries(peaks)) {
    if (value !== undefined && !(value > 0 && Number.isFinite(value))) {
      throw new InputError(`${figure} is ${value}`, { where: name, rule: 'must be above 0' });
    }
  }
  const { flopsPerS, hbmBytesPerS, smCount, hbmBytes = 0, nvlinkBytesPerS = 0 } = peaks;
  const [given, unsaid] = ['as given for a check or fit', 'not given'];
  return {
    name,
    aliases: [],
    smCount: smCount ?? a100Sxm.smCount,
    flopsPerS,
    hbmBytes,
    hbmBytesPerS,
    nvlinkBytesPerS,
    pcieBytesPerS: 0,
    powerW: 0,
    gpusPerHost: 1,
    sources: {
      smCount: smCount === undefined ? "not given: the A100's" : given,
      flopsPerS: given,
      hbmBytes: hbmBytes > 0 ? given : unsaid,
      hbmBytesPerS: given,
      nvlinkBytesPerS: nvlinkBytesPerS > 0 ? given : unsaid,
      pcieBytesPerS: unsaid,
      powerW: unsaid,
      gpusPerHost: unsaid,
    },
  };
}
