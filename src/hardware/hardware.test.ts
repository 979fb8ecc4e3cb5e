import { describe, expect, it } from 'vitest';
import { InputError } from '../units/input-error.ts';
import { gpuNamed, gpus } from './gpus.ts';
import { hosts } from './hosts.ts';
import { linkNamed, links } from './links.ts';

describe('gpus', () => {
  it('finds the A100 under each of its names, in any case', () => {
    for (const name of ['a100-80gb', 'A100', 'a100-sxm4-80gb', 'NVIDIA A100-SXM4-80GB']) {
      expect(gpuNamed(name).name).toBe('a100-80gb');
    }
  });

  it('suggests the nearest name', () => {
    expect(() => gpuNamed('a10-80gb')).toThrow(InputError);
    expect(() => gpuNamed('a10-80gb')).toThrow('did you mean a100-80gb?');
  });

  it('gives no name twice', () => {
    const names = gpus.flatMap((gpu) => [gpu.name, ...gpu.aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name === name.toLowerCase())).toBe(true);
  });

  it('holds the A100 figures that the kernel constants were fitted with', () => {
    const { smCount, flopsPerS, hbmBytes, hbmBytesPerS, nvlinkBytesPerS } = gpuNamed('a100');
    expect({ smCount, flopsPerS, hbmBytes, hbmBytesPerS, nvlinkBytesPerS }).toEqual({
      smCount: 108,
      flopsPerS: 312e12,
      hbmBytes: 80 * 2 ** 30,
      hbmBytesPerS: 2.039e12,
      nvlinkBytesPerS: 300e9,
    });
  });
});

describe('hosts and links', () => {
  it('joins every host to a GPU and to links that exist', () => {
    for (const host of hosts) {
      expect(gpuNamed(host.gpu).gpusPerHost).toBe(host.gpus);
      for (const name of [host.hostToDevice, host.deviceToHost, host.peerToPeer, host.network]) {
        expect(linkNamed(name).bytesPerS).toBeGreaterThan(0);
      }
    }
  });

  it('keeps achieved rates under the nominal ones', () => {
    const a100 = gpuNamed('a100');
    expect(linkNamed('pcie4-h2d').bytesPerS).toBeLessThan(a100.pcieBytesPerS);
    expect(linkNamed('nvlink3-pair').bytesPerS).toBeLessThan(a100.nvlinkBytesPerS);
    expect(new Set(links.map((link) => link.name)).size).toBe(links.length);
  });
});
