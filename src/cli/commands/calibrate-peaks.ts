import { Option } from 'commander';
import { parsePeaks } from '../../cost/calibration/peaks.ts';

/** `--peaks` of the commands that read measurements. */
export function peaksOption(): Option {
  return new Option(
    '--peaks <list>',
    'peaks of a GPU that is not in the table: flops=362e12,hbm=864e9 (per second); also sms, memory, nvlink',
  ).argParser(parsePeaks);
}
