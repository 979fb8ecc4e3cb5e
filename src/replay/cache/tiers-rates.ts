import type { TierFacts } from '../../caching/store/block-store.ts';
import { gpuNamed } from '../../hardware/gpus.ts';
import { hosts } from '../../hardware/hosts.ts';
import { linkNamed } from '../../hardware/links.ts';
import { InputError } from '../../units/input-error.ts';

/**
 * Bytes/s at which blocks on each tier come to a group of GPUs of one host, all of them loading
 * their shards at once: DRAM over the links of the host, which two GPUs share; SSD as one NVMe
 * drive (`nvme-pcie4`), at most as fast as DRAM.
 * @throws InputError for a GPU whose host is not known
 */
export function loadRates(tiers: readonly TierFacts[], gpu: string, tp: number): number[] {
  const { name } = gpuNamed(gpu);
  const host = hosts.find((one) => one.gpu === name);
  if (host === undefined) {
    throw new InputError(`no host of ${name} is known`, {
      rule: 'give the load rate of each tier, such as --load dram:50',
    });
  }
  const dram = Math.ceil(tp / 2) * linkNamed(host.hostToDevice).bytesPerS;
  const ssd = Math.min(dram, linkNamed('nvme-pcie4').bytesPerS);
  return tiers.map(({ medium }) => (medium === 'dram' ? dram : ssd));
}
