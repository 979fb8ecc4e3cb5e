import type { TierFacts } from '../../caching/store/block-store.ts';
import { gpuNamed } from '../../hardware/gpus.ts';
import { hosts } from '../../hardware/hosts.ts';
import { linkNamed } from '../../hardware/links.ts';
import { InputError } from '../../units/input-error.ts';

/** Host to GPU memory, for each GPU: 128 GB/s for 8 GPUs (Mooncake, FAST 2025, table 1). */
const bytesPerSPerGpu = 128e9 / 8;

/**
 * Bytes/s at which blocks on each tier come to a group of GPUs of one host, all of them loading
 * their shards at once; the defaults of `groups.N.links` of a scenario. SSD is one NVMe drive
 * (`nvme-pcie4`), at most as fast as DRAM. For hosts of that kind only: those of `hosts.ts`.
 * @throws InputError for a GPU whose host is not known
 */
export function loadRates(tiers: readonly TierFacts[], gpu: string, tp: number): number[] {
  const { name } = gpuNamed(gpu);
  if (!hosts.some((one) => one.gpu === name)) {
    throw new InputError(`no host of ${name} is known`, {
      rule: 'give the load rate of each tier, such as --load dram:50',
    });
  }
  const dram = tp * bytesPerSPerGpu;
  const ssd = Math.min(dram, linkNamed('nvme-pcie4').bytesPerS);
  return tiers.map(({ medium }) => (medium === 'dram' ? dram : ssd));
}
