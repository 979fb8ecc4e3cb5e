import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addToLedger, ledgerFile, readLedger } from './ledger.ts';
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

  it.each([
    ['no JSON', '{', /not JSON \(.*wrong\.json\)/],
    ['a verdict that is none', '{"p/x":{"verdict":"good"}}', /wrong\.json.*p\/x/],
  ])('is refused where it is damaged: %s', async (_, text, message) => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, text);
    await expect(readLedger(file)).rejects.toThrow(message);
  });
});
