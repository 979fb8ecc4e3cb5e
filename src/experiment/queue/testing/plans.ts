import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineExperiment } from '../../define.ts';
import { type PlannedRun, planExperiment, TraceShelf } from '../../plan.ts';

/** Runs of one small system at several rates; `requests` sets how long each takes. */
export function plansOf(
  rates: readonly number[],
  { requests = 60, tables = 'all' as 'all' | 'summary', traces = new TraceShelf() } = {},
): Promise<PlannedRun[]> {
  const experiment = defineExperiment({
    name: 'queue',
    paper: 'test',
    question: 'Does the queue give what threads give?',
    scenarios: {
      grid: {
        base: {
          trace: 'kimi-like',
          limits: { requests },
          groups: [{ count: 1, model: 'llama-3.1-8b', gpu: 'a100-80gb' }],
        },
        axes: { rate: { set: 'arrivals.rate.factor', to: rates } },
      },
    },
    tables,
  });
  return planExperiment(experiment, traces);
}

/** sha256 of each file of the runs in a folder, by RUN/FILE: run.json is no part of the bytes,
 * and unfinished runs are none. */
export function bytesOf(out: string): Record<string, string> {
  const hashes: Record<string, string> = {};
  if (!existsSync(out)) return hashes;
  for (const run of readdirSync(out).sort()) {
    if (run.startsWith('.')) continue;
    for (const file of readdirSync(join(out, run)).sort()) {
      if (file === 'run.json') continue;
      const hash = createHash('sha256').update(readFileSync(join(out, run, file)));
      hashes[`${run}/${file}`] = hash.digest('hex');
    }
  }
  return hashes;
}
