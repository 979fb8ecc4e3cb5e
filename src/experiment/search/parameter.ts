import type { LabelValue } from '../define.ts';

/** Levels of a range that names no step. */
const levels = 1000;

/** A range of numbers: `step` apart, whole numbers, or a thousand steps (equal ratios with log). */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step?: number | undefined;
  readonly integer?: boolean | undefined;
  readonly log?: boolean | undefined;
}

/** One dimension of a search space: a finite list of values. */
export interface Parameter {
  readonly name: string;
  /** Each value once, rising where it is ordered. */
  readonly values: readonly LabelValue[];
  /** Whether near values mean near results: numbers do, names do not. */
  readonly ordered: boolean;
  /** Indexes into `values` that are equally likely: on a log scale of integers some come often. */
  readonly grid: readonly number[];
}

export function choiceParameter(name: string, choices: readonly LabelValue[]): Parameter {
  const ordered = choices.every((value) => typeof value === 'number');
  const values = ordered ? [...(choices as number[])].sort((a, b) => a - b) : choices;
  return { name, values, ordered, grid: values.map((_, i) => i) };
}

export function rangeParameter(name: string, range: Range): Parameter {
  const all = valuesIn(range);
  const values = [...new Set(all)];
  const at = new Map(values.map((value, i) => [value, i]));
  return { name, values, ordered: true, grid: all.map((value) => at.get(value) as number) };
}

function valuesIn({ min, max, step, integer = false, log = false }: Range): number[] {
  const every = step ?? (integer && !log ? 1 : (max - min) / levels);
  const count = log ? levels : Math.floor((max - min) / every + 1e-9);
  if (min === max) return [min];
  return Array.from({ length: count + 1 }, (_, i) => {
    const value = log ? min * (max / min) ** (i / levels) : min + i * every;
    return integer ? Math.round(value) : Number(value.toPrecision(6));
  });
}

/** Index of the value that lies at share `u` in [0, 1) of the dimension. */
export function indexAt({ grid }: Parameter, u: number): number {
  return grid[Math.min(grid.length - 1, Math.floor(u * grid.length))] as number;
}
