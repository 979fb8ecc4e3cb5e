import { describe, expect, it } from 'vitest';
import { newStepRow, type StepRow } from '../replay/serving/sink.ts';
import { StepColumns } from './step-columns.ts';

/** A row in which every column has a value of its own. */
function rowNumber(n: number): StepRow {
  const row = newStepRow();
  for (const [i, name] of (Object.keys(row) as (keyof StepRow)[]).entries()) {
    row[name] = ((n * 31 + i * 7) % 1000) as never;
  }
  return row;
}

function rowAt(columns: StepColumns, at: number): StepRow {
  const chunk = columns.chunkAt(at);
  const row = newStepRow();
  for (const name of Object.keys(row) as (keyof StepRow)[]) {
    row[name] = chunk[name][at & 0xffff] as never;
  }
  return row;
}

describe('StepColumns', () => {
  it('copies every column of a row, which the replay uses again', () => {
    const columns = new StepColumns(0);
    const row = rowNumber(1);
    columns.step(row);
    Object.assign(row, rowNumber(2));
    columns.step(row);
    expect([rowAt(columns, 0), rowAt(columns, 1)]).toEqual([rowNumber(1), rowNumber(2)]);
    expect(Object.keys(columns.chunkAt(0)).sort()).toEqual(Object.keys(row).sort());
  });

  it('keeps times as they are, to the last bit', () => {
    const columns = new StepColumns(0);
    const exact = { startMs: 0.1 + 0.2, endMs: 1e9 + 1 / 3, firstMs: Math.PI, slopeMs: 1e-300 };
    columns.step({ ...newStepRow(), ...exact, contextTokens: 2 ** 40 });
    expect(rowAt(columns, 0)).toMatchObject({ ...exact, contextTokens: 2 ** 40 });
  });

  it('goes on in a new chunk after 65,536 rows', () => {
    const columns = new StepColumns(0);
    const rows = 2 * 65_536 + 5;
    for (let n = 0; n < rows; n++) columns.step({ ...newStepRow(), waiting: n });
    expect(columns.rows).toBe(rows);
    expect(columns.chunks.map((_, chunk) => columns.rowsOf(chunk))).toEqual([65_536, 65_536, 5]);
    for (const at of [0, 65_535, 65_536, 131_071, 131_072, rows - 1]) {
      expect(rowAt(columns, at).waiting).toBe(at);
    }
  });

  it('hands its chunks on without what stood in them', () => {
    const fill = (columns: StepColumns, rows: number, waiting: number) => {
      for (let i = 0; i < rows; i++) columns.step({ ...newStepRow(), waiting: waiting + i });
      return columns;
    };
    const first = fill(new StepColumns(1), 66_000, 7);
    const chunk = first.chunks[1];
    first.release();
    expect([first.rows, first.chunks.length]).toEqual([0, 0]);
    const second = fill(new StepColumns(1), 3, 100);
    expect(second.chunks[0]).toBe(chunk);
    expect([second.rows, second.rowsOf(0)]).toEqual([3, 3]);
    expect(rowAt(second, 2).waiting).toBe(102);
    first.step({ ...newStepRow(), waiting: 1 });
    expect(rowAt(second, 0).waiting).toBe(100);
  });

  it('has no chunk before its first row', () => {
    const columns = new StepColumns(5);
    expect([columns.rows, columns.chunks.length, columns.stays]).toEqual([0, 0, 0]);
  });

  it('takes more stays than were expected', () => {
    const columns = new StepColumns(2);
    for (let i = 0; i < 100; i++) columns.stay(i, i + 1, i + 2, i + 3, i + 0.5);
    expect(columns.stays).toBe(100);
    const { task, instance, firstRow, endRow, sinceMs } = columns.stayColumns;
    for (const i of [0, 15, 16, 99]) {
      expect([task[i], instance[i], firstRow[i], endRow[i], sinceMs[i]]).toEqual([
        i,
        i + 1,
        i + 2,
        i + 3,
        i + 0.5,
      ]);
    }
  });
});
