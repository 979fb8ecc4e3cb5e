import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadExperiments } from '../load-experiments.ts';
import { countClaims } from './headline.ts';
import { ledgerFile, readLedger } from './ledger.ts';
import { experimentsOf, scorecard } from './scorecard.ts';
import { newStudy, type Study, tpot } from './testing/study.ts';

const root = mkdtempSync(join(tmpdir(), 'reprise-scorecard-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let study: Study;
beforeEach(() => {
  study = newStudy(root);
});

describe('first comparisons', () => {
  const file = () => ledgerFile(join(study.folder, 'x'));

  it('are recorded once', async () => {
    study.write('one', [{ sql: tpot, published: 10 }]);
    const { rows } = await study.judged();
    const recorded = readFileSync(file(), 'utf8');
    expect((await readLedger(file()))['paper/wait']).toMatchObject({
      date: '2026-03-01',
      kind: 'predicted',
      replayed: 10,
      verdict: 'reproduced',
    });
    const again = await study.judged({ today: '2026-03-02' });
    expect(readFileSync(file(), 'utf8')).toBe(recorded);
    expect(again.rows).toEqual(rows);
  });

  it('make a claim that is changed later count as postdicted, whose miss stays counted', async () => {
    study.write('one', [{ sql: tpot, published: 20 }]);
    expect((await study.judged()).rows[0]).toMatchObject({ kind: 'predicted', verdict: 'off' });
    const changes = [{ date: '2026-03-02', what: 'tolerance', why: 'the figure is read off' }];
    study.write('one', [
      { sql: tpot, published: 20, tolerance: { relative: 0.6, reason: 'wide' }, changes },
    ]);
    const { rows } = await study.judged();
    expect(rows[0]).toMatchObject({
      kind: 'postdicted',
      verdict: 'reproduced',
      reason:
        'definition changed after the first comparison on 2026-03-01: tolerance was ±10 %, is ±60 %',
      changes,
    });
    expect(countClaims(rows).headline).toBe(
      '0 of 1 predicted figure reproduced (1 changed since first compared)',
    );
  });

  it('keep a miss that is called not comparable afterwards', async () => {
    const miss = { sql: tpot, published: 20 };
    study.write('one', [miss]);
    await study.judged();
    study.write('one', [{ ...miss, notComparable: 'other hardware' }]);
    expect((await study.judged()).rows[0]).toMatchObject({ kind: 'predicted', verdict: 'off' });
  });

  it('show what was called not comparable from the start, and remember it', async () => {
    const claim = { sql: tpot, published: 20, notComparable: 'other hardware' };
    study.write('one', [claim]);
    for (const _ of ['first', 'again']) {
      const { rows } = await study.judged();
      expect(rows[0]).toMatchObject({ verdict: 'not-comparable', replayed: 10 });
    }
    expect((await readLedger(file()))['paper/wait']?.verdict).toBe('not-comparable');
  });

  it('of a claim that is gone count as withdrawn', async () => {
    study.write('one', [{ sql: tpot, published: 20 }]);
    await study.judged();
    study.write('one', [{ id: 'renamed', sql: tpot, published: 10 }]);
    const { rows, withdrawn } = await study.judged();
    expect(withdrawn).toMatchObject([{ paper: 'paper', id: 'wait' }]);
    expect(countClaims(rows, withdrawn).headline).toBe(
      '1 of 2 predicted figures reproduced (1 withdrawn since first compared)',
    );
  });
});

describe('a record of comparisons', () => {
  const miss = { sql: tpot, published: 20 };
  const among = async () => {
    const experiments = await loadExperiments([study.folder]);
    return { folder: study.folder, experiments };
  };

  it('gives a miss no point under another name, then or later', async () => {
    study.write('one', [miss]);
    await study.judged();
    const renamed = {
      ...{ ...miss, id: 'renamed', precision: 1 },
      tolerance: { relative: 2, reason: 'wide' },
    };
    for (const _ of ['then', 'later']) {
      study.write('one', [renamed]);
      const { rows, withdrawn } = await study.judged();
      expect(rows[0]).toMatchObject({
        kind: 'postdicted',
        verdict: 'reproduced',
        reason: 'the figure of paper/wait, compared on 2026-03-01',
      });
      expect(countClaims(rows, withdrawn).headline).toBe(
        '0 of 1 predicted figure reproduced (1 withdrawn since first compared)',
      );
    }
  });

  it('counts one figure once', async () => {
    study.write('one', [
      { sql: tpot, published: 10 },
      { id: 'again', sql: tpot, published: 10 },
    ]);
    expect(countClaims((await study.judged()).rows).headline).toBe(
      '1 of 1 predicted figure reproduced',
    );
  });

  it('counts where the experiment was moved to another folder', async () => {
    const file = study.write('one', [miss]);
    await study.judged();
    const moved = join(study.folder, 'moved');
    mkdirSync(moved);
    renameSync(file, join(moved, 'one.experiment.json'));
    const given = { among: await among() };
    const { rows, withdrawn } = await study.judged({ ...given, today: '2026-04-01' });
    expect(rows[0]?.first_comparison?.date).toBe('2026-03-01');
    expect(withdrawn).toEqual([]);
    expect(await readLedger(ledgerFile(join(moved, 'x')))).toEqual({});
  });

  it('counts as withdrawn under the old name where the paper is renamed', async () => {
    study.write('one', [miss]);
    await study.judged();
    study.write('one', [miss], { paper: 'renamed' });
    const { rows, withdrawn } = await study.judged({
      among: await among(),
    });
    expect(withdrawn).toMatchObject([
      { paper: 'paper', id: 'wait', first_comparison: { verdict: 'off' } },
    ]);
    expect(countClaims(rows, withdrawn).predicted).toBe(2);
  });

  it('of a paper that is there but not shown is left alone', async () => {
    study.write('one', [miss]);
    study.write('two', [{ id: 'other', sql: tpot }], { paper: 'other' });
    await study.judged();
    const loaded = await loadExperiments([study.folder]);
    const { withdrawn } = await scorecard(experimentsOf(loaded, 'other'), {
      ...{ runs: join(root, 'runs'), run: false, today: '2026-03-01' },
      among: { folder: study.folder, experiments: loaded },
    });
    expect(withdrawn).toEqual([]);
  });

  it('tells one trace from another of the same name', async () => {
    const file = ledgerFile(join(study.folder, 'x'));
    study.write('one', [{ sql: tpot, published: 10 }]);
    await study.judged();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/"gsm8k": "[0-9a-f]{64}"/, `"gsm8k": "${'0'.repeat(64)}"`));
    expect((await study.judged()).rows[0]).toMatchObject({
      kind: 'postdicted',
      verdict: 'reproduced',
      reason: expect.stringMatching(
        /^trace gsm8k is another than on .*: it was 0{12}, is [0-9a-f]{12}$/,
      ),
    });
  });
});

describe('a claim that a constant was set from', () => {
  const constant = { name: 'load', value: 1, unit: 'x', source: 'a test', setFrom: ['paper/wait'] };

  it('counts as calibrated, whatever it is called', async () => {
    study.write('one', [{ sql: tpot, published: 10 }], { constants: [constant] });
    const { rows, setFrom } = await study.judged();
    expect(rows[0]).toMatchObject({
      kind: 'calibrated',
      verdict: 'reproduced',
      reason: 'called predicted, but a constant of its scenarios was set from it: load',
    });
    expect(setFrom).toMatchObject([{ claim: 'paper/wait', constant: 'load' }]);
    expect(countClaims(rows).headline).toBe('no predicted figures');
    // Taking the constant's origin back makes no prediction of it.
    study.write('one', [{ sql: tpot, published: 10 }]);
    expect((await study.judged()).rows[0]?.kind).toBe('calibrated');
  });
});
