import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSession } from '../../tables/duckdb.ts';
import type { SearchResult, SearchStep } from './search-result.ts';
import { studyFormat, writeStudy } from './study-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'reprise-study-'));
afterAll(() => rmSync(folder, { recursive: true }));

const step: SearchStep = {
  trial: 0,
  parameters: { tp: 1, router: "o'clock", mixed: 3, on: true },
  requests: null,
  state: 'feasible',
  value: 2.5,
  reason: null,
  runs: ['a1', 'a2'],
  best: 2.5,
  spent: 1,
};
const history: SearchStep[] = [
  step,
  { ...step, trial: 1, requests: 50, value: 3, spent: 1.25 },
  {
    ...step,
    trial: 2,
    parameters: { ...step.parameters, mixed: 'none' },
    state: 'failed',
    value: null,
    reason: 'does not fit',
    runs: [],
  },
];
const result = { history } as unknown as SearchResult;

describe('writeStudy', () => {
  it('writes one row per trial, in the columns of a data frame of trials', async () => {
    const file = join(folder, 'study.csv');
    await writeStudy(result, file);
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      'number,value,state,params_tp,params_router,params_mixed,params_on,' +
        'user_attrs_requests,user_attrs_feasible,user_attrs_reason,user_attrs_spent,user_attrs_run',
      "0,2.5,COMPLETE,1,o'clock,3,true,,true,,1,a1",
      "1,3,PRUNED,1,o'clock,3,true,50,true,,1.25,a1",
      "2,,FAIL,1,o'clock,none,true,,false,does not fit,1,",
      '',
    ]);
  });

  it('writes Parquet that keeps the types', async () => {
    const file = join(folder, 'study.parquet');
    await writeStudy(result, file);
    const session = await openSession();
    const { columns } = await session.query(`FROM '${file}'`);
    session.close();
    const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      ...{ number: 'INTEGER', value: 'DOUBLE', params_tp: 'INTEGER', params_router: 'VARCHAR' },
      ...{ params_mixed: 'VARCHAR', params_on: 'BOOLEAN', user_attrs_feasible: 'BOOLEAN' },
    });
  });

  it('refuses a name that says no format', () => {
    expect(() => studyFormat('study.xlsx')).toThrow(/no format for the study \(study\.xlsx\)/);
  });
});
