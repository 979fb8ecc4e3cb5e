import type { Command } from 'commander';
import { addCalibrateCheck } from './calibrate-check.ts';
import { addEngine } from './calibrate-engine.ts';
import { addFit } from './calibrate-fit.ts';
import { addForms } from './calibrate-forms.ts';
import { addServing } from './calibrate-serving.ts';

export function addCalibrate(program: Command): void {
  const calibrate = program
    .command('calibrate')
    .description('hold the cost model against measurements');
  for (const add of [addCalibrateCheck, addFit, addForms, addServing, addEngine]) add(calibrate);
}
