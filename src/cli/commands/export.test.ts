import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTrace, runScenario } from '../../experiment/run-scenario.ts';
import {
  type ExportedRuns,
  exportedRuns,
  exportRun,
  group,
  type SystemName,
  systems,
} from './export.fixture.ts';

let study: ExportedRuns;
beforeAll(async () => {
  study = await exportedRuns();
});
afterAll(() => study.close());

describe('the runs of this test', () => {
  it('hold what they are named for', async () => {
    const rows = await study.session.objects(
      'SELECT run, finished, rejected, preemptions FROM runs',
    );
    const of = (name: string) => rows.find((row) => row.run === study.idOf(name as SystemName));
    expect(of('roomy')).toMatchObject({ finished: 300, preemptions: 0 });
    expect(of('preempting')?.preemptions).toBeGreaterThan(0);
    expect(of('rejecting')?.rejected).toBeGreaterThan(10);
  });
});

describe('reprise export', () => {
  it('writes the same bytes again', async () => {
    const bytes = async () => {
      await study.vllmFile('roomy');
      await study.aiperfFiles('roomy');
      const files = [
        'roomy.json',
        'roomy.aiperf/profile_export_aiperf.json',
        'roomy.aiperf/profile_export.jsonl',
      ];
      return files.map((file) => readFileSync(join(study.folder, file), 'utf8'));
    };
    expect(await bytes()).toEqual(await bytes());
  });

  it('says in JSON what it wrote', async () => {
    const run = study.idOf('rejecting');
    const file = join(study.folder, 'said.json');
    const bench = await exportRun('vllm-bench', run, '--runs', study.runs, '-o', file, '--json');
    const said = JSON.parse(bench.stdout);
    expect(said).toMatchObject({ run, files: [file], requests: 300, left_out: [] });
    expect(said.completed).toBeLessThan(300);
    const out = join(study.folder, 'said');
    const aiperf = await exportRun('aiperf', run, '--runs', study.runs, '-o', out, '--json');
    const { files } = JSON.parse(aiperf.stdout);
    expect(files).toEqual(
      readdirSync(out)
        .map((name) => join(out, name))
        .sort()
        .reverse(),
    );
    const events = join(study.folder, 'events.json');
    const trace = await exportRun(
      'trace-events',
      run,
      '--runs',
      study.runs,
      '-o',
      events,
      '--json',
    );
    expect(JSON.parse(trace.stdout)).toMatchObject({ run, file: events });
  });

  it('takes the beginning of an id, and has closed arrivals as the most at once', async () => {
    const file = join(study.folder, 'begin.json');
    const begin = study.idOf('closed').slice(0, 8);
    await exportRun('vllm-bench', begin, '--runs', study.runs, '-o', file);
    const found = JSON.parse(readFileSync(file, 'utf8'));
    expect(found).toMatchObject({ run: study.idOf('closed'), max_concurrency: 8 });
    expect(found.max_concurrent_requests).toBe(8);
  });

  it('says what it leaves out where preemptions hide when tokens came', async () => {
    const tight = join(study.folder, 'tight');
    const groups = [group({ count: 2, kv: { capacityTokens: 30_000 } })];
    const scenario = { groups, limits: { requests: 300 } };
    const { run } = await runScenario(scenario, { out: tight }, await loadTrace('kimi-like'));
    const out = (name: string) => join(study.folder, `tight-${name}`);
    const given = [run, '--runs', tight, '--json', '-o'];
    const bench = await exportRun('vllm-bench', ...given, out('bench.json'));
    expect(bench.stderr).toMatch(
      /^left out: itls, .* \(no token times of \d+ preempted requests\)$/m,
    );
    expect(JSON.parse(bench.stdout).requests_without_gaps).toBeGreaterThan(0);
    const file = JSON.parse(readFileSync(out('bench.json'), 'utf8'));
    expect(file).toHaveProperty('mean_tpot_ms');
    for (const field of JSON.parse(bench.stdout).left_out) expect(file).not.toHaveProperty(field);
    const aiperf = await exportRun('aiperf', ...given, out('aiperf'));
    expect(aiperf.stderr).toMatch(/^left out: time_to_second_token/);
    const lines = readFileSync(join(out('aiperf'), 'profile_export.jsonl'), 'utf8').trimEnd();
    const records = lines.split('\n').map((line) => JSON.parse(line));
    const without = records.filter(
      ({ metrics }) => metrics.inter_token_latency && !metrics.inter_chunk_latency,
    );
    expect(without).toHaveLength(JSON.parse(bench.stdout).requests_without_gaps);
  });

  const formats = ['vllm-bench', 'aiperf', 'trace-events'];

  it.each(formats)('names the run that is nearest to an unknown one: %s', async (format) => {
    const wrong = study.idOf('roomy').replace(/.$/, 'x');
    const { code, stderr } = await exportRun(format, wrong, '--runs', study.runs);
    expect(stderr).toBe(`error: unknown run "${wrong}": did you mean ${study.idOf('roomy')}?\n`);
    expect(code).toBe(2);
  });

  it.each(formats)('names the table that a run lacks: %s', async (format) => {
    const bare = join(study.folder, `bare-${format}`);
    const run = study.idOf('roomy');
    mkdirSync(bare);
    await runScenario(
      { ...systems.roomy, limits: { requests: 20 } },
      { out: bare },
      await loadTrace('kimi-like'),
    );
    const [only] = readdirSync(bare) as [string];
    expect(only).not.toBe(run);
    renameSync(join(bare, only, 'steps.arrow'), join(study.folder, `steps-${format}.arrow`));
    const { code, stderr } = await exportRun(format, only, '--runs', bare);
    expect(stderr).toMatch(
      /^error: the run holds no table steps \(.*\): an export reads requests, /,
    );
    expect(code).toBe(2);
  });

  it('refuses a target that is none before it reads anything', async () => {
    for (const format of ['vllm-bench', 'aiperf']) {
      const { code, stderr } = await exportRun(
        format,
        'any',
        '--runs',
        study.runs,
        '--slo',
        'tpt=5',
      );
      expect(stderr).toBe('error: unknown target "tpt": did you mean tpot?\n');
      expect(code).toBe(2);
    }
  });

  it('refuses a folder without runs', async () => {
    const empty = join(study.folder, 'empty');
    mkdirSync(empty);
    const { code, stderr } = await exportRun('aiperf', 'any', '--runs', empty);
    expect(stderr).toMatch(/^error: no runs \(.*empty\): replay one first\n$/);
    expect(code).toBe(2);
  });

  it('refuses a folder that is not there', async () => {
    const { code, stderr } = await exportRun('aiperf', 'any', '--runs', join(study.folder, 'none'));
    expect(stderr).toMatch(/^error: no such folder \(.*none\): a folder of runs\n$/);
    expect(code).toBe(2);
  });
});
