import { describe, expect, it } from 'vitest';
import { gpuOfPeaks } from '../../hardware/gpus.ts';
import { InputError } from '../../units/input-error.ts';
import { parsePeaks, peaksOfInfo, wholePeaks } from './peaks.ts';

describe('peaks of a GPU that is not in the table', () => {
  it('are read from a list of names and values', () => {
    expect(parsePeaks('flops=362e12, hbm=864e9,sms=142,memory=48e9,nvlink=1e9')).toEqual({
      flopsPerS: 362e12,
      hbmBytesPerS: 864e9,
      smCount: 142,
      hbmBytes: 48e9,
      nvlinkBytesPerS: 1e9,
    });
  });

  it.each(['flops', 'flops=', 'flops=-1', 'flops=Infinity', 'flop=1', '', 'flops=1;hbm=2'])(
    'refuse %j',
    (text) => {
      expect(() => parsePeaks(text)).toThrow(InputError);
    },
  );

  it('are whole with both rates only', () => {
    expect(wholePeaks(peaksOfInfo(new Map([['sms', '142']])))).toBeNull();
    expect(wholePeaks({ flopsPerS: 1, hbmBytesPerS: 2 })).toEqual({
      flopsPerS: 1,
      hbmBytesPerS: 2,
    });
    expect(() => peaksOfInfo(new Map([['flops_per_s', 'fast']]))).toThrow(/info\.csv, flops_per_s/);
  });

  it('make a GPU that says which figures nobody gave', () => {
    const gpu = gpuOfPeaks('NVIDIA L40S', { flopsPerS: 362e12, hbmBytesPerS: 864e9 });
    expect([gpu.name, gpu.smCount, gpu.nvlinkBytesPerS]).toEqual(['NVIDIA L40S', 108, 0]);
    expect(gpu.sources.smCount).toContain("A100's");
    expect(() => gpuOfPeaks('x', { flopsPerS: 0, hbmBytesPerS: 1 })).toThrow(/flopsPerS is 0/);
  });
});
