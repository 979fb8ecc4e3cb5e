import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnalyticClock } from '../../cost/analytic-clock.ts';
import { h200ResearchEngine } from '../../cost/h200-engine.ts';
import { addPrefill, newStepWork } from '../../cost/work.ts';
import { type EngineFile, engineFileOf, profileOfEngine, readEngineFile } from './engine-file.ts';
import type { EngineFit } from './fit-engine.ts';
import { systemOfFile } from './logged-system.ts';

const { decode, prefill, kernels, graphBatches, calibratedOn } = h200ResearchEngine;
const own = kernels!.decodeAttention!;

/** The fit that the research engine stands for. */
const fit: EngineFit = {
  model: 'llama-3.1-8b',
  gpu: 'h200',
  logs: calibratedOn!,
  half: 'steps',
  graphBatches: [1, 2, 4],
  decodeAttention: {
    startUs: own.startUs!.value,
    kvShare: own.kvShare!.value,
    blockUs: own.blockUs!.value,
  },
  decodeFixedMs: decode.fixedMs,
  prefill: {
    launchMsPerLayer: prefill.launchMsPerLayer,
    launchMsPerExtraPrompt: prefill.launchMsPerExtraPrompt as number,
    fixedMs: prefill.fixedMs,
    perSequenceMs: prefill.perSequenceMs,
  },
  errors: [],
  phases: {
    decode: { kernels: 12, fitted: 3, held_out: { mape: 4, points: 9 } },
    prefill: { kernels: 11, fitted: 5, held_out: null },
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-engine-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function written(change: (file: EngineFile) => unknown = (file) => file): string {
  const path = join(folder, 'engine.json');
  const file = engineFileOf(fit, { name: 'ours', graphBatches: graphBatches! });
  writeFileSync(path, JSON.stringify(change(file)));
  return path;
}

describe('an engine file', () => {
  it('prices rounds and prompts as the profile with its terms does', () => {
    const profile = profileOfEngine(readEngineFile(written()));
    const spec = { kind: 'analytic', model: 'llama-3.1-8b', gpu: 'h200' } as const;
    const clocks = [
      new AnalyticClock(spec, profile),
      new AnalyticClock({ ...spec, profile: 'h200-research-engine' }),
    ];
    const lines = clocks.map((clock) => {
      const line = { aMs: 0, bMs: 0, validTo: 0 };
      clock.decode(5, 4000, line);
      return line;
    });
    expect(lines[0]).toEqual(lines[1]);
    const [ours, theirs] = clocks.map((clock) => {
      const work = newStepWork(1, 32);
      addPrefill(work.segments[0]!, 900, 900);
      work.logitRows = work.sequences = 1;
      return clock.stepMs(work);
    });
    expect(ours).toBe(theirs);
    expect(profile.calibratedOn).toEqual(calibratedOn);
  });

  it('names the system that it was fitted on', () => {
    const path = written();
    expect(systemOfFile(path, { tp: 1 })).toMatchObject({
      model: 'llama-3.1-8b',
      gpu: 'h200',
      profile: 'ours',
    });
    expect(systemOfFile(path, { tp: 1, model: 'llama-2-7b' }).model).toBe('llama-2-7b');
    expect(() => systemOfFile(path, { tp: 1, gpu: 'a100' })).toThrow('another GPU');
  });

  it('takes the graphs that the logs show where none are named', () => {
    expect(engineFileOf(fit, { name: 'ours' }).graph_batches).toEqual([1, 2, 4]);
  });

  it.each<[string, (file: EngineFile) => unknown, string]>([
    ['a term that is not known', (f) => ({ ...f, prefil: {} }), 'did you mean prefill?'],
    ['a negative time', (f) => ({ ...f, decode: { fixedMs: -1 } }), 'decode.fixedMs'],
    ['descending graphs', (f) => ({ ...f, graph_batches: [4, 2] }), 'ascending'],
    [
      'no logs',
      (f) => ({ ...f, created_from: { ...f.created_from, files: [] } }),
      'created_from.files',
    ],
    ['a GPU that is not known', (f) => ({ ...f, gpu: 'h2000' }), 'did you mean h200?'],
  ])('refuses %s', (_, change, message) => {
    expect(() => readEngineFile(written(change))).toThrow(message);
  });

  it('refuses a file that is missing or no JSON', () => {
    expect(() => readEngineFile(join(folder, 'none.json'))).toThrow('no such file');
    const path = join(folder, 'broken.json');
    writeFileSync(path, '{');
    expect(() => readEngineFile(path)).toThrow('not a JSON file');
  });
});
