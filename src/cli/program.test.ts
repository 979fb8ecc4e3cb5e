import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { policyKinds } from './commands/policies.ts';
import { main } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs a command line in this process. */
async function reprise(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const collect = (add: (text: string) => void) => (chunk: string | Uint8Array) => {
    add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(collect((text) => (stdout += text)));
  vi.spyOn(process.stderr, 'write').mockImplementation(collect((text) => (stderr += text)));
  process.exitCode = undefined;
  const code = await main(argv);
  process.exitCode = undefined;
  return { code, stdout, stderr };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const noise = Uint8Array.from({ length: 2000 }, (_, i) => (i * 7919) % 251);
const small = ['--set', 'limits.requests=50', '--out', join(folder, 'runs')];

describe('wrong use', () => {
  const cases: Record<string, [string[], RegExp]> = {
    'an unknown command': [['frobnicate'], /unknown command 'frobnicate'/],
    'an unknown option': [['replay', '--frob'], /unknown option '--frob'/],
    'an unknown preset': [
      ['replay', 'conversation-16xA10', '--trace', 'kimi-like'],
      /did you mean conversation-16xA100\?/,
    ],
    'an unknown trace': [
      ['replay', 'conversation-16xA100', '--trace', 'kimi-lik'],
      /did you mean kimi-like\?/,
    ],
    'a preset without a trace': [['replay', 'conversation-16xA100'], /names no trace/],
    'a file that is no Arrow file': [
      ['replay', 'conversation-16xA100', '--trace', file('noise.arrow', noise)],
      /not an Arrow file \(.*noise\.arrow\)/,
    ],
    'an unknown setting': [
      ['replay', 'conversation-16xA100', '--trace', 'kimi-like', '--set', 'arival.mode=open'],
      /unknown key "arival" .*did you mean arrivals\?/,
    ],
    'a policy parameter of the wrong type': [
      ['replay', '--trace', 'kimi-like', '--set', 'groups.0.scheduler.budget=many'],
      /invalid value "many" \(groups\.0\.scheduler\.budget\): an integer/,
    ],
    'a model that does not fit': [
      ['replay', '--trace', 'kimi-like', '--set', 'groups.0.model=llama-65b'],
      /no memory left for KV/,
    ],
    'a scenario that is no JSON': [['replay', file('bad.json', '{')], /not JSON \(.*bad\.json\)/],
    'a prefix cache without blocks': [
      ['replay', '--trace', 'gsm8k', '--set', 'groups.0.prefixCache.kind=lru'],
      /the trace has no block_ids/,
    ],
    'a kind of policy that is none': [['policies', 'schedulers'], /did you mean scheduler\?/],
  };
  for (const [name, [argv, message]] of Object.entries(cases)) {
    it(`ends with 2 and a clear error: ${name}`, async () => {
      const { code, stdout, stderr } = await reprise(...argv);
      expect(stderr).toMatch(/^error: /);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    });
  }
});

describe('replay', () => {
  it('prints one JSON document with the fields that others build on', async () => {
    const argv = ['replay', 'conversation-16xA100', '--trace', 'kimi-like', '--json', ...small];
    const { code, stdout } = await reprise(...argv);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        ...['run', 'scenario_hash', 'requests', 'finished', 'rejected', 'cancelled', 'unfinished'],
        ...['simulated_s', 'wall_s', 'input_tokens', 'output_tokens', 'cached_tokens'],
        ...['preemptions', 'steps', 'ttft_ms', 'tpot_ms', 'itl_ms', 'e2e_ms', 'throughput'],
      ]),
    );
    expect(summary.finished).toBe(50);
    expect(summary.run).toMatch(/^[0-9a-f]{16}$/);
  });

  it('leads from a run to SQL on it', async () => {
    await reprise('replay', 'conversation-16xA100', '--trace', 'kimi-like', '--json', ...small);
    const query = `SELECT count(*)::INT AS n, sum(t.output_tokens)::INT AS trace_tokens,
      sum(r.output_tokens)::INT AS run_tokens
      FROM requests r JOIN runs USING (run) JOIN trace_requests t
      ON t.trace = runs.trace AND t.request_id = r.request_id`;
    const { code, stdout } = await reprise('sql', query, '--runs', join(folder, 'runs'), '--json');
    expect(code).toBe(0);
    const [row] = JSON.parse(stdout);
    expect(row.n).toBe(50);
    expect(row.run_tokens).toBe(row.trace_tokens);
  });

  it('prints a table for people, and what to try next', async () => {
    const { stdout } = await reprise('replay', '--trace', 'kimi-like', ...small);
    expect(stdout).toMatch(/TTFT +\d/);
    expect(stdout).toMatch(/Next: reprise/);
  });
});

describe('reference', () => {
  it('lists every policy with its parameters', async () => {
    const { stdout } = await reprise('policies', '--json');
    const kinds = JSON.parse(stdout).map((section: { kind: string }) => section.kind);
    expect(kinds).toEqual(policyKinds);
  });

  it('shows one policy by its name, under each kind that has one', async () => {
    const { stdout } = await reprise('policies', 'srpt');
    expect(stdout).toMatch(/^scheduler\n {2}srpt /);
    expect(stdout).not.toContain('prefill-first  ');
    const none = JSON.parse((await reprise('policies', 'none', '--json')).stdout);
    expect(none.map((section: { kind: string }) => section.kind)).toEqual(
      expect.arrayContaining(['admission', 'lengths', 'store']),
    );
  });

  it('lists presets', async () => {
    const { stdout } = await reprise('presets', '--json');
    const names = JSON.parse(stdout).map((preset: { name: string }) => preset.name);
    expect(names).toEqual(expect.arrayContaining(['conversation-16xA100', 'reference-roofline']));
  });

  it('explains itself', async () => {
    const { code, stdout } = await reprise('replay', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Usage: reprise replay/);
  });
});
