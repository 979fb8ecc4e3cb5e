import type { Command } from 'commander';
import { addCalibrateCheck } from './calibrate-check.ts';

export function addCalibrate(program: Command): void {
  const calibrate = program
    .command('calibrate')
    .description('hold the cost model against measurements');
  for (const add of [addCalibrateCheck]) add(calibrate);
}
