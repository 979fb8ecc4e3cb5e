/**
 * `npm run bench -- --sweep`: 400 scenarios on the shipped kimi-like trace, 16 instances each,
 * summaries only, with one worker and with one per core, in one run.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { measure } from './measure.ts';

const experiment = {
  name: 'sweep',
  paper: 'bench',
  question: 'How many scenarios a second?',
  tables: 'summary',
  scenarios: {
    grid: {
      base: { preset: 'conversation-16xA100', trace: 'kimi-like' },
      axes: {
        rate: {
          set: 'arrivals.rate.factor',
          to: Array.from({ length: 50 }, (_, i) => 0.5 + i / 50),
        },
        budget: { set: 'groups.0.scheduler.budget', to: [2048, 4096, 8192, 16_384] },
        placement: { set: 'placement.kind', to: ['round-robin', 'least-loaded'] },
      },
    },
  },
};

interface Outcome {
  readonly ran: number;
  readonly wall_s: number;
}

export function sweep(command: string, work: string): void {
  const file = join(work, 'sweep.experiment.json');
  writeFileSync(file, JSON.stringify(experiment));
  console.log('\nworkers  wall s  scenarios/s  against one  peak MiB');
  let alone = 0;
  for (const workers of [1, availableParallelism()]) {
    const out = join(work, `sweep-${workers}`);
    const args = ['run', file, '--workers', String(workers), '--out', out, '--json'];
    const usage = measure([command, ...args], 1);
    const { ran, wall_s } = JSON.parse(usage.stdout) as Outcome;
    const rate = ran / wall_s;
    if (workers === 1) alone = rate;
    const cells = [
      wall_s.toFixed(1).padStart(6),
      rate.toFixed(1).padStart(11),
      `${(rate / alone).toFixed(2)}x`.padStart(11),
      usage.peakMiB.toFixed(0).padStart(8),
    ];
    console.log(`${String(workers).padStart(7)}  ${cells.join('  ')}`);
    rmSync(out, { recursive: true, force: true });
  }
}
