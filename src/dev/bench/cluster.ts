/**
 * `npm run bench -- --cluster`: a disaggregated cluster with stores and flows against the same
 * nodes coupled, whole processes; and an overload sweep of 20 scenarios on all cores.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from './measure.ts';

const overload = (trace: string) => ({
  name: 'overload',
  paper: 'bench',
  question: 'How long does an overload sweep take?',
  tables: 'summary',
  scenarios: {
    grid: {
      base: { preset: 'mooncake-8p8d', trace },
      axes: {
        admission: {
          set: 'admission.kind',
          to: ['none', 'two-gates', 'early', 'early-predicted'],
        },
        rate: { set: 'arrivals.rate.factor', to: [2, 3, 4, 5, 6] },
      },
    },
  },
});

export function cluster(command: string, work: string, trace: string): void {
  const out = join(work, 'cluster');
  const replay = (...args: string[]) =>
    measure([command, 'replay', ...args, '--trace', trace, '--json', '--out', out]);
  const coupled = replay('coupled-16x70b');
  console.log('\nwhat                                    CPU s  against coupled  peak MiB');
  const line = (what: string, { cpuMs, peakMiB }: typeof coupled) => {
    const cells = [
      (cpuMs / 1000).toFixed(2).padStart(5),
      `${(cpuMs / coupled.cpuMs).toFixed(2)}x`.padStart(15),
      peakMiB.toFixed(0).padStart(8),
    ];
    console.log(`${what.padEnd(38)}  ${cells.join('  ')}`);
  };
  line('coupled, prefix cache', coupled);
  line('8P8D, KVCache-centric', replay('mooncake-8p8d'));
  line('8P8D, KVCache-centric, step by step', replay('mooncake-8p8d', '--mode', 'step'));
  line('8P8D, round robin', replay('mooncake-8p8d', '--set', 'placement=round-robin'));
  const file = join(work, 'overload.experiment.json');
  writeFileSync(file, JSON.stringify(overload(trace)));
  const usage = measure([command, 'run', file, '--out', join(work, 'overload'), '--json'], 1);
  const { ran, wall_s } = JSON.parse(usage.stdout) as { ran: number; wall_s: number };
  console.log(`\noverload sweep: ${ran} scenarios in ${wall_s.toFixed(1)} s on all cores`);
  rmSync(join(work, 'overload'), { recursive: true, force: true });
}
