import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunFiles, writeRun } from './write-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-write-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function files(changes: RunFiles['bytes'] = {}, sidecar: unknown = { wall_s: 1 }): RunFiles {
  const bytes = {
    'scenario.json': () => '{"größe":1}\n',
    'requests.arrow': () => Uint8Array.of(0, 255, 10),
    ...changes,
  };
  return { bytes, sidecar };
}

function failing(): never {
  throw new Error('no more memory');
}

describe('writeRun', () => {
  it('writes every file, and the sidecar beside them', async () => {
    const target = await writeRun(folder, 'abc', files());
    expect(target).toBe(join(folder, 'abc'));
    expect(readdirSync(target).sort()).toEqual(['requests.arrow', 'run.json', 'scenario.json']);
    expect(readFileSync(join(target, 'scenario.json'), 'utf8')).toBe('{"größe":1}\n');
    expect([...readFileSync(join(target, 'requests.arrow'))]).toEqual([0, 255, 10]);
    expect(JSON.parse(readFileSync(join(target, 'run.json'), 'utf8'))).toEqual({ wall_s: 1 });
  });

  it('makes the folder of the runs, and leaves nothing else in it', async () => {
    const runs = join(folder, 'deep', 'runs');
    await writeRun(runs, 'abc', files());
    expect(readdirSync(runs)).toEqual(['abc']);
  });

  it('leaves a run that is there with equal bytes as it is, its sidecar too', async () => {
    await writeRun(folder, 'abc', files());
    const before = statSync(join(folder, 'abc', 'requests.arrow'));
    await writeRun(folder, 'abc', files({}, { wall_s: 2 }));
    expect(statSync(join(folder, 'abc', 'requests.arrow')).ino).toBe(before.ino);
    expect(readFileSync(join(folder, 'abc', 'run.json'), 'utf8')).toContain('1');
  });

  it.each([
    ['other bytes', { 'requests.arrow': () => Uint8Array.of(0, 255, 11) }],
    ['fewer bytes', { 'requests.arrow': () => Uint8Array.of(0, 255) }],
    ['another text', { 'scenario.json': () => '{}' }],
  ])(
    'refuses a run that is there with %s, names the file, and changes nothing',
    async (_, other) => {
      await writeRun(folder, 'abc', files());
      const name = Object.keys(other)[0] as string;
      await expect(writeRun(folder, 'abc', files(other as RunFiles['bytes']))).rejects.toThrow(
        `${join(folder, 'abc', name)} holds other bytes than this replay gave`,
      );
      expect(readdirSync(folder)).toEqual(['abc']);
      expect([...readFileSync(join(folder, 'abc', 'requests.arrow'))]).toEqual([0, 255, 10]);
    },
  );

  it('adds the tables that a run lacks, and none where another table differs', async () => {
    await writeRun(folder, 'abc', files());
    const more = { 'steps.arrow': () => Uint8Array.of(1) };
    const other = { 'requests.arrow': () => Uint8Array.of(0) };
    await expect(writeRun(folder, 'abc', files({ ...more, ...other }))).rejects.toThrow('bytes');
    expect(readdirSync(join(folder, 'abc'))).not.toContain('steps.arrow');
    await writeRun(folder, 'abc', files(more));
    expect([...readFileSync(join(folder, 'abc', 'steps.arrow'))]).toEqual([1]);
    expect(readdirSync(join(folder, 'abc')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('leaves nothing behind when a table cannot be made', async () => {
    const broken = files({ 'steps.arrow': failing });
    await expect(writeRun(folder, 'abc', broken)).rejects.toThrow('no more memory');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind when the sidecar cannot be written', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(writeRun(folder, 'abc', files({}, circular))).rejects.toThrow('circular');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('shows no folder of that name before all is written', async () => {
    let seen = true;
    const bytes = {
      'last.arrow': () => {
        seen = existsSync(join(folder, 'abc'));
        return Uint8Array.of(1);
      },
    };
    await writeRun(folder, 'abc', files(bytes));
    expect(seen).toBe(false);
  });

  it('does not take a folder without a scenario for a run, nor write over it', async () => {
    mkdirSync(join(folder, 'abc'));
    writeFileSync(join(folder, 'abc', 'notes.txt'), 'mine');
    await expect(writeRun(folder, 'abc', files())).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['abc']);
    expect(readdirSync(join(folder, 'abc'))).toEqual(['notes.txt']);
  });

  it('writes the same run once when several ask for it at the same time', async () => {
    const all = Array.from({ length: 8 }, () => writeRun(folder, 'abc', files()));
    expect(new Set(await Promise.all(all))).toEqual(new Set([join(folder, 'abc')]));
    expect(readdirSync(folder)).toEqual(['abc']);
    expect(readdirSync(join(folder, 'abc')).sort()).toEqual([
      'requests.arrow',
      'run.json',
      'scenario.json',
    ]);
  });

  it('refuses other bytes for the same run at the same time', async () => {
    const other = files({ 'requests.arrow': () => Uint8Array.of(7) });
    const results = await Promise.allSettled([
      writeRun(folder, 'abc', files()),
      writeRun(folder, 'abc', other),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(folder)).toEqual(['abc']);
  });
});
