/** One server as data: its GPUs and the links of `links.ts` that join them. */
export interface Host {
  readonly name: string;
  readonly gpu: string;
  readonly gpus: number;
  /** Host to device, per GPU. GPUs hang in pairs behind one switch: the x16 uplink is shared. */
  readonly hostToDevice: string;
  readonly deviceToHost: string;
  readonly peerToPeer: string;
  /** One of the network cards, and how many there are. */
  readonly network: string;
  readonly networkCards: number;
  readonly source: string;
}

export const hosts: readonly Host[] = [
  {
    name: 'dgx-a100',
    gpu: 'a100-80gb',
    gpus: 8,
    hostToDevice: 'pcie4-h2d',
    deviceToHost: 'pcie4-d2h',
    peerToPeer: 'nvlink3-pair',
    network: 'rdma-200g',
    networkCards: 8,
    source: 'ai-dynamo/aiconfigurator a100_sxm.yaml: 8 GPUs, one 200 Gb/s card per GPU',
  },
  {
    name: 'mooncake-a800',
    gpu: 'a800-80gb',
    gpus: 8,
    hostToDevice: 'pcie4-h2d',
    deviceToHost: 'pcie4-d2h',
    peerToPeer: 'nvlink3-pair-a800',
    network: 'rdma-200g',
    networkCards: 4,
    source: 'Mooncake (FAST 2025): 8 A800-SXM4-80GB, 4 x 200 Gb/s RDMA',
  },
];
