import { unknownName } from '../units/nearest.ts';

/** One way for bytes to move: a start time and an achieved rate, one direction. */
export interface Link {
  readonly name: string;
  readonly startUs: number;
  /** Achieved, not nominal. */
  readonly bytesPerS: number;
  readonly source: string;
}

const nvbandwidth = 'nvbandwidth 0.8 on 8x A100-SXM4-80GB, NVIDIA developer forum thread 352186';
const copyStart =
  'start of a copy: ai-dynamo/aiconfigurator a100_sxm.yaml p2p_latency, empirical there';
const mooncake = 'kvcache-ai/Mooncake docs/source/performance';
const vidurDgx = 'fitted on microsoft/vidur@7d475133 data/profiling/network/a100_dgx/send_recv.csv';

/** Share of the nominal RDMA rate that a KV transfer reached (142 of 200 GB/s). */
const rdmaUtilisation = 0.711;
/** Share of the nominal sequential rate assumed for NVMe reads; the source states no achieved rate. */
const nvmeUtilisation = 0.7;

export const links: readonly Link[] = [
  { name: 'pcie4-h2d', startUs: 10, bytesPerS: 24.8e9, source: `${nvbandwidth}; ${copyStart}` },
  { name: 'pcie4-d2h', startUs: 10, bytesPerS: 25e9, source: `${nvbandwidth}; ${copyStart}` },
  {
    name: 'pcie4-h2d-duplex',
    startUs: 10,
    bytesPerS: 11e9,
    source: `${nvbandwidth}, while the other direction runs; ${copyStart}`,
  },
  {
    name: 'pcie4-d2h-duplex',
    startUs: 10,
    bytesPerS: 24e9,
    source: `${nvbandwidth}, while the other direction runs; ${copyStart}`,
  },
  {
    name: 'pcie4-h2d-rtx4090',
    startUs: 10,
    bytesPerS: 25.66e9,
    source: `ProMoE (arXiv 2410.22134): 23.9 GiB/s measured; ${copyStart}`,
  },
  {
    name: 'pcie5-h2d',
    startUs: 5.9,
    bytesPerS: 55.5e9,
    source: 'fitted on one H200, pinned memory; 1 GiB in 19.33 ms',
  },
  {
    name: 'pcie5-d2h',
    startUs: 5.4,
    bytesPerS: 55.7e9,
    source: 'fitted on one H200, pinned memory',
  },
  {
    name: 'nvlink3-pair',
    startUs: 15,
    bytesPerS: 226e9,
    source: `${vidurDgx}, one send/receive pair, slope above 4 MB, r2 0.993`,
  },
  {
    name: 'nvlink3-pair-a800',
    startUs: 15,
    bytesPerS: (226e9 * 200) / 300,
    source: 'nvlink3-pair scaled to the nominal rate of the A800: an assumption',
  },
  {
    name: 'inter-node-low',
    startUs: 53,
    bytesPerS: 7.8e9,
    source: `${vidurDgx}, between nodes, fabric not stated: a measured low end`,
  },
  {
    name: 'rdma-200g',
    startUs: 53,
    bytesPerS: 25e9 * rdmaUtilisation,
    source: `${mooncake}/vllm/vllm-v1-pd-performance.md: 71.1 % of 200 Gb/s; start as inter-node-low`,
  },
  {
    name: 'nvme-pcie4',
    startUs: 0,
    bytesPerS: 7e9 * nvmeUtilisation,
    source: `${mooncake}/mooncake/ssd-offload-benchmark-results.md: 7.0 GB/s nominal, 0.7 assumed`,
  },
  {
    name: 'nvme-pcie3',
    startUs: 0,
    bytesPerS: 3e9 * nvmeUtilisation,
    source: `${mooncake}/mooncake/ssd-offload-benchmark-results.md: 3.0 GB/s nominal, 0.7 assumed`,
  },
  {
    name: 'ddr4-socket',
    startUs: 0,
    bytesPerS: 204.8e9 * 0.8,
    source: '8 channels of DDR4-3200 per socket, 0.8 achieved, recalled',
  },
];

export function linkNamed(name: string): Link {
  const found = links.find((link) => link.name === name);
  if (found === undefined) {
    throw unknownName(
      'link',
      name,
      links.map((link) => link.name),
    );
  }
  return found;
}
