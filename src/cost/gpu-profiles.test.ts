import { describe, expect, it } from 'vitest';
import { gpuNamed } from '../hardware/gpus.ts';
import { a100Profile, gpuProfiles, profileOfGpu, treeOfVariant } from './gpu-profiles.ts';

describe('GPU profiles', () => {
  it('are of GPUs that exist, one each, the A100 first', () => {
    const names = gpuProfiles.map(({ gpu }) => gpuNamed(gpu).name);
    expect(names).toEqual(gpuProfiles.map(({ gpu }) => gpu));
    expect(new Set(names).size).toBe(names.length);
    expect(gpuProfiles[0]).toBe(a100Profile);
  });

  it('give a GPU without constants of its own those of the A100', () => {
    for (const name of ['a800', 'a100-pcie', 'h100', 'rtx-4090']) {
      expect(profileOfGpu(gpuNamed(name))).toBe(a100Profile);
    }
  });

  it('merge a variant over the common constants and know none that is not there', () => {
    const sglang = treeOfVariant(a100Profile, 'sglang-0.5.10');
    expect(sglang.prefillAttention.flopsShare.value).toBe(0.67);
    expect(sglang.decodeAttention.blockBytesPerS.value).toBe(22.8e9);
    expect(sglang.gemm).toEqual(a100Profile.constants.gemm);
    expect(treeOfVariant(a100Profile, 'no-such')).toBe(a100Profile.constants);
    expect(treeOfVariant(a100Profile)).toBe(a100Profile.constants);
  });
});
