import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  chunkedFour,
  type RequestRow,
  type StepRow,
  writeLogs,
} from '../../experiment/validation/testing/log-files.ts';
import { addEngine } from './calibrate-engine.ts';
import { addServing } from './calibrate-serving.ts';

let log: ReturnType<typeof writeLogs>;
let other: ReturnType<typeof writeLogs>;

/** Rounds of growing batches, and prompts on a prefix between them. */
const engine: { steps: StepRow[]; requests: RequestRow[] } = {
  steps: [1, 2, 4, 8].flatMap((batch, i): StepRow[] => [
    { start: 50 * i, ms: 4 + i, decodes: batch, graph: batch, context: 500 * batch },
    { start: 50 * i + 20, ms: 25, prefills: `${64 * batch}+500` },
  ]),
  requests: [],
};

beforeEach(() => {
  log = writeLogs(chunkedFour);
  other = writeLogs(engine);
});
afterEach(() => {
  vi.restoreAllMocks();
  log.remove();
  other.remove();
});

async function run(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text: unknown) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const calibrate = new Command('calibrate').exitOverride();
  for (const add of [addServing, addEngine]) add(calibrate);
  for (const command of calibrate.commands) command.exitOverride();
  await calibrate.parseAsync(words, { from: 'user' });
  return out;
}

const serving = (...words: string[]) =>
  run(
    'serving',
    '--steps',
    log.steps,
    '--requests',
    log.requests,
    '--rules',
    'chunked-4',
    ...words,
  );

/** An engine fitted on the given steps, as a file. */
async function engineOf(steps: string, ...words: string[]): Promise<string> {
  const path = join(log.steps, '..', 'engine.json');
  await run('engine', steps, '-o', path, ...words);
  return path;
}

describe('calibrate engine -o', () => {
  it('writes terms and the logs that they are from, for calibrate serving --engine', async () => {
    const path = await engineOf(other.steps, '--graphs', '1,2,16');
    const file = JSON.parse(readFileSync(path, 'utf8'));
    expect(file).toMatchObject({ name: 'engine', gpu: 'h200', graph_batches: [1, 2, 16] });
    expect(file.created_from.files).toEqual([
      { file: 'log.steps.csv', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), steps: 8 },
    ]);
    const result = JSON.parse(await serving('--engine', path, '--json'));
    expect(result.system).toEqual({
      model: 'llama-3.1-8b',
      gpu: 'h200',
      tp: 1,
      profile: 'engine',
      rules: 'chunked-4',
    });
    expect(result.calibrated_on).toEqual({ logs: ['log.steps.csv'], this_log: false });
    expect(await serving('--engine', path)).toContain('Not one of the files');
  });

  it('is known again by the bytes of its log, whatever its name', async () => {
    const path = await engineOf(other.steps);
    copyFileSync(other.steps, log.steps);
    const result = JSON.parse(await serving('--engine', path, '--json'));
    expect(result.calibrated_on.this_log).toBe(true);
    expect(await serving('--engine', path)).toContain('In-sample');
  });

  it('refuses logs that do not tell the terms of both kinds of step, and graphs out of order', async () => {
    await expect(run('engine', log.steps)).rejects.toThrow('no decode rounds');
    await expect(run('engine', other.steps, '--graphs', '4,2')).rejects.toThrow('--graphs');
  });
});

describe('calibrate serving', () => {
  it('takes its clock from a profile or from a file, not from both or none', async () => {
    await expect(serving()).rejects.toThrow('no clock');
    await expect(serving('--profile', 'h200', '--engine', 'x.json')).rejects.toThrow('two clocks');
    await expect(serving('--engine', join(log.steps, 'none'))).rejects.toThrow();
  });

  it('says which requests it could not serve', async () => {
    const limits = ['--pages', '2', '--page-tokens', '4'];
    const out = await serving('--profile', 'h200', ...limits);
    expect(out).toContain('request 0 does not fit in 2 pages');
    expect(out).toContain('dropped: 1 of 2 requests');
    const { per_request } = JSON.parse(await serving('--profile', 'h200', ...limits, '--json'));
    expect(per_request).toMatchObject({ requests: 1, dropped: 1 });
  });

  it('says how many requests finish after the last step of a cut log', async () => {
    log.remove();
    log = writeLogs({ ...chunkedFour, steps: chunkedFour.steps.slice(0, 3) });
    const out = await serving('--profile', 'h200');
    expect(out).toContain('finish after the last step 2 requests');
  });
});
