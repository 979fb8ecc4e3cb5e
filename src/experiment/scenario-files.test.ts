import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../trace/locate.ts';
import { cellsOf } from './cells.ts';
import { loadExperiments } from './load-experiments.ts';
import { presets } from './presets.ts';
import { runScenario } from './run-scenario.ts';

const folder = join(packageRoot(), 'experiments', 'scenarios');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const few = { requests: 40 };

describe('what ships to start from', () => {
  it('has scenario files', () => {
    expect(files.length).toBeGreaterThan(2);
  });

  for (const file of files) {
    it(`runs ${file}`, async () => {
      const scenario = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const { finished } = await runScenario({ ...scenario, limits: few }, { out: null, folder });
      expect(finished).toBe(40);
    });
  }

  for (const { name, scenario } of presets) {
    it(`runs preset ${name}`, async () => {
      const given = { trace: 'kimi-like', ...scenario, limits: few };
      expect((await runScenario(given, { out: null })).finished).toBe(40);
    });
  }

  it('runs every cell of the experiments to start from', async () => {
    const start = await loadExperiments([join(packageRoot(), 'experiments', 'start')]);
    for (const { experiment } of start) {
      for (const { scenario } of cellsOf(experiment)) {
        const { finished } = await runScenario({ ...scenario, limits: few }, { out: null });
        expect(finished).toBe(40);
      }
    }
  });
});
