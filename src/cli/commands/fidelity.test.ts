import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addFidelity } from './fidelity.ts';

async function run(...words: string[]): Promise<string> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  const program = new Command().exitOverride();
  addFidelity(program);
  try {
    await program.parseAsync(['fidelity', ...words], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return out;
}

describe('reprise fidelity', () => {
  afterEach(() => {
    process.exitCode = 0;
  });

  it('prints one JSON document with a row per statistic, and succeeds on the shipped trace', async () => {
    const report = JSON.parse(await run('kimi-like', '--json'));
    expect(report).toMatchObject({ name: 'kimi-like', ok: true });
    expect(report.rows[0]).toMatchObject({ statistic: 'input tokens p5', fitted: true, ok: true });
    expect(process.exitCode ?? 0).toBe(0);
  });

  it('prints fitted figures apart from those that are not', async () => {
    const out = await run('kimi-like');
    expect(out).toMatch(/^Fitted\n.*hit ratio, LRU, 5,000 blocks.*\nNot fitted\n.*Belady/ms);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('suggests the nearest name', async () => {
    await expect(run('kimi-lik')).rejects.toThrow('did you mean kimi-like?');
  });
});
