import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addToLedger, ledgerFile, ledgersBelow, readLedger } from './ledger.ts';
import { newComparison } from './testing/claim-factory.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-ledger-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the record of first comparisons', () => {
  it('stands beside the experiment', () => {
    expect(ledgerFile('/x/experiments/paper/one.experiment.ts')).toBe(
      '/x/experiments/paper/comparisons.json',
    );
  });

  it('is empty where there is no file', async () => {
    expect(await readLedger(join(folder, 'none.json'))).toEqual({});
  });

  it('reads what was written, and leaves nothing else behind', async () => {
    const file = join(folder, 'round-trip.json');
    const ledger = { 'paper/wait': newComparison({ replayed: null, verdict: 'off' }) };
    await addToLedger(file, ledger);
    expect(await readLedger(file)).toEqual(ledger);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('never changes what is on record', async () => {
    const file = join(folder, 'kept.json');
    await addToLedger(file, { 'paper/wait': newComparison() });
    const before = readFileSync(file, 'utf8');
    await addToLedger(file, { 'paper/wait': newComparison({ verdict: 'off' }) });
    expect(readFileSync(file, 'utf8')).toBe(before);
    await addToLedger(file, {
      'paper/wait': newComparison({ verdict: 'off' }),
      'paper/another': newComparison(),
    });
    expect((await readLedger(file))['paper/wait']).toEqual(newComparison());
  });

  it('has the same bytes whatever the order of the claims', async () => {
    const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
    await addToLedger(a, { 'p/x': newComparison(), 'p/a': newComparison() });
    await addToLedger(b, { 'p/a': newComparison() });
    await addToLedger(b, { 'p/x': newComparison() });
    expect(readFileSync(a, 'utf8')).toBe(readFileSync(b, 'utf8'));
  });

  it('keeps what several add at once', async () => {
    const file = join(folder, 'shared.json');
    const names = Array.from({ length: 8 }, (_, i) => `p/claim-${i}`);
    await Promise.all(names.map((name) => addToLedger(file, { [name]: newComparison() })));
    expect(Object.keys(await readLedger(file))).toEqual(names);
    expect(readdirSync(folder).filter((name) => name.startsWith('shared'))).toEqual([
      'shared.json',
    ]);
  });

  it('does not wait for a lock that was left behind', async () => {
    const file = join(folder, 'stale.json');
    writeFileSync(`${file}.lock`, '');
    utimesSync(`${file}.lock`, 1, 1);
    await addToLedger(file, { 'p/x': newComparison() });
    expect(Object.keys(await readLedger(file))).toEqual(['p/x']);
  });

  it('is found wherever it lies in a folder, but not in packages', async () => {
    const root = join(folder, 'tree');
    const at = (...parts: string[]) => join(root, ...parts, 'comparisons.json');
    for (const parts of [[], ['a', 'b'], ['node_modules', 'x'], ['.hidden']]) {
      mkdirSync(join(root, ...parts), { recursive: true });
      writeFileSync(at(...parts), '{}');
    }
    expect(await ledgersBelow(root)).toEqual([at('a', 'b'), at()]);
    expect(await ledgersBelow(join(root, 'none'))).toEqual([]);
  });

  it.each([
    ['no JSON', '{', /not JSON \(.*wrong\.json\)/],
    ['a verdict that is none', '{"p/x":{"verdict":"good"}}', /wrong\.json.*p\/x/],
  ])('is refused where it is damaged: %s', async (_, text, message) => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, text);
    await expect(readLedger(file)).rejects.toThrow(message);
  });
});
