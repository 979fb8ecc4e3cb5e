import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Claim, Experiment } from '../../define.ts';
import { loadExperiments } from '../../load-experiments.ts';
import { type Scorecard, type ScorecardOptions, scorecard } from '../scorecard.ts';
import { newClaim } from './claim-factory.ts';

/** The mean time per token of the slowest run: 10 ms. */
export const tpot = 'SELECT max(tpot_mean_ms) AS replayed FROM runs';

/** Three requests, one at a time, 10 ms a prompt and 5 or 10 ms a round. */
const study: Experiment = {
  name: 'one',
  paper: 'paper',
  question: 'What?',
  scenarios: {
    grid: {
      base: {
        trace: 'gsm8k',
        limits: { requests: 3 },
        clock: { kind: 'affine', prefillBatchMs: 10, prefillTokenMs: 0 },
        groups: [{ model: 'llama-3.1-8b', scheduler: { kind: 'prefill-first', maxSequences: 1 } }],
      },
      axes: { round: { set: 'clock.roundMs', to: [5, 10] } },
    },
  },
  tables: 'summary',
};

/** A folder of experiments, and thus a record of comparisons, of its own. */
export interface Study {
  readonly folder: string;
  /** Writes an experiment of the claims given; returns its file. */
  write(name: string, claims: readonly Partial<Claim>[], changes?: Partial<Experiment>): string;
  /** The scorecard of all experiments of the folder, on 2026-03-01. */
  judged(options?: Partial<ScorecardOptions>): Promise<Scorecard>;
}

/** @param root where the folder is created; its folder `runs` is shared by all studies */
export function newStudy(root: string): Study {
  const folder = mkdtempSync(join(root, 'study-'));
  const sql = 'SELECT 100 AS replayed FROM runs LIMIT 1';
  return {
    folder,
    write(name, claims, changes = {}) {
      const file = join(folder, `${name}.experiment.json`);
      const all = claims.map((claim) => newClaim({ sql, ...claim }));
      writeFileSync(file, JSON.stringify({ ...study, name, claims: all, ...changes }));
      return file;
    },
    async judged(options = {}) {
      const given = { runs: join(root, 'runs'), run: true, workers: 1, today: '2026-03-01' };
      return scorecard(await loadExperiments([folder]), { ...given, ...options });
    },
  };
}
