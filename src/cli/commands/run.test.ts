import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../program.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-run-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

function write(name: string, change: object = {}): string {
  const path = join(folder, `${name}.experiment.json`);
  const experiment = {
    name,
    paper: 'test',
    question: 'Which scheduler?',
    scenarios: {
      grid: {
        base: {
          trace: 'kimi-like',
          limits: { requests: 60 },
          groups: [{ model: 'llama-3.1-8b', tp: 2 }],
        },
        axes: { scheduler: { set: 'groups.0.scheduler.kind', to: ['orca', 'prefill-first'] } },
      },
      seeds: [1, 2],
    },
    ...change,
  };
  writeFileSync(path, JSON.stringify(experiment));
  return path;
}

async function reprise(...argv: string[]) {
  let out = '';
  let err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
  return { code: await main(argv), out, err };
}

describe('reprise run', () => {
  const file = write('small');
  const out = join(folder, 'runs');

  it('lists what would run, and runs nothing', async () => {
    const { code, out: text } = await reprise('run', file, '--dry-run', '--json', '--out', out);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ experiments: 1, scenarios: 4, ran: 0, skipped: 0 });
    expect(JSON.parse(text).would_run).toHaveLength(4);
    expect(() => readdirSync(out)).toThrow('ENOENT');
  });

  it('runs a shard, then the rest, then nothing', async () => {
    const counts = [];
    for (const args of [['--shard', '0/2'], [], []]) {
      const { code, out: text } = await reprise('run', file, ...args, '--json', '--out', out);
      expect(code).toBe(0);
      const { scenarios, ran, skipped, failed } = JSON.parse(text);
      counts.push([scenarios, ran, skipped, failed]);
    }
    expect(counts).toEqual([
      [2, 2, 0, 0],
      [4, 2, 2, 0],
      [4, 0, 4, 0],
    ]);
    expect(readdirSync(out)).toHaveLength(4);
  });

  it('ends with a table: seeds as one row, the trace and its kind', async () => {
    const { out: text } = await reprise('run', file, '--out', out);
    expect(text).toContain('Which scheduler?');
    expect(text).toContain('kimi-like (generated)');
    expect(text).toMatch(/^prefill-first +2 +\d/m);
    expect(text).toContain('0 ran, 4 were there');
  });

  it('finds the capacities of an experiment', async () => {
    const capacity = {
      name: 'load',
      rates: [0.5, 400],
      attainment: 0.5,
      slo: { ttftMs: 4000 },
      cells: { scheduler: 'prefill-first' },
    };
    const withCapacity = write('with-capacity', { capacities: [capacity] });
    const { code, out: text } = await reprise('run', withCapacity, '--out', out);
    expect(code).toBe(0);
    expect(text).toMatch(/^load +scheduler=prefill-first +\d/m);
  });

  it.each([
    [
      'no such file',
      ['run', 'nowhere.experiment.ts'],
      'no such experiment (nowhere.experiment.ts)',
    ],
    ['a shard that is none', ['run', file, '--shard', '2/2'], 'no shard 2 of 2'],
    ['a selection of nothing', ['run', file, '--only', '*fifo*'], 'no cell matches (*fifo*)'],
    ['no number of workers', ['run', file, '--workers', 'x'], 'invalid number "x" (--workers)'],
  ])('refuses %s', async (_, argv, message) => {
    const { code, err } = await reprise(...argv, '--out', join(folder, 'none'));
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
    expect(() => readdirSync(join(folder, 'none'))).toThrow('ENOENT');
  });

  it('fails with 1 where a run fails, and says which', async () => {
    const run = readdirSync(out).find((one) => readdirSync(join(out, one)).includes('gaps.arrow'));
    writeFileSync(join(out, run as string, 'gaps.arrow'), 'otherARROW1');
    rmSync(join(out, run as string, 'steps.arrow'));
    const { code, err, out: text } = await reprise('run', file, '--out', out);
    expect(code).toBe(1);
    expect(err).toContain('gaps.arrow holds other bytes');
    expect(text).toContain('1 failed');
  });
});
