import type { Peaks } from '../../hardware/gpus.ts';
import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';

/** How peaks are called on a command line, and in an `info.csv`. */
const names = [
  { figure: 'flopsPerS', option: 'flops', info: 'flops_per_s' },
  { figure: 'hbmBytesPerS', option: 'hbm', info: 'hbm_bytes_per_s' },
  { figure: 'smCount', option: 'sms', info: 'sms' },
  { figure: 'hbmBytes', option: 'memory', info: 'memory_bytes' },
  { figure: 'nvlinkBytesPerS', option: 'nvlink', info: 'nvlink_bytes_per_s' },
] as const satisfies readonly { figure: keyof Peaks; option: string; info: string }[];

/** What a check and a fit need of a GPU that is not in the table. */
export const peaksRule =
  'a GPU that is not in the table needs --peaks flops=FLOP/S,hbm=BYTES/S, or flops_per_s and hbm_bytes_per_s in its info.csv';

/**
 * `flops=362e12,hbm=864e9`, with `sms`, `memory` and `nvlink` where they are known.
 * @throws InputError
 */
export function parsePeaks(text: string): Partial<Peaks> {
  const peaks: Partial<Record<keyof Peaks, number>> = {};
  for (const part of text.split(',')) {
    const [option = '', value = ''] = part.split('=').map((word) => word.trim());
    const found = names.find((one) => one.option === option);
    if (found === undefined) {
      throw unknownName(
        'peak',
        option,
        names.map((one) => one.option),
      );
    }
    peaks[found.figure] = positive(value, `--peaks ${option}`);
  }
  return peaks;
}

/** What an `info.csv` says. */
export function peaksOfInfo(info: ReadonlyMap<string, string>): Partial<Peaks> {
  const said = names.flatMap(({ figure, info: key }) => {
    const value = info.get(key);
    return value === undefined ? [] : [[figure, positive(value, `info.csv, ${key}`)]];
  });
  return Object.fromEntries(said);
}

/** Peaks with both rates, or null. */
export function wholePeaks(peaks: Partial<Peaks>): Peaks | null {
  const { flopsPerS, hbmBytesPerS } = peaks;
  if (flopsPerS === undefined || hbmBytesPerS === undefined) return null;
  return { ...peaks, flopsPerS, hbmBytesPerS };
}

function positive(text: string, where: string): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InputError(`invalid value ${JSON.stringify(text)}`, {
    where,
    rule: 'a number above 0, such as 362e12',
  });
}
