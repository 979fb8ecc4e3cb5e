import { ratesOf } from '../../experiment/capacity/capacity-tables.ts';
import type { Capacity, CapacityPoint } from '../../experiment/capacity/find-capacities.ts';
import { formatCount, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable } from '../terminal.ts';

/** The points of a scan and the capacities that follow from them. */
export function printCapacity(
  found: Capacity,
  { scenario, trace, out }: { scenario: string; trace: string | undefined; out: string },
): void {
  const { points, factors, gpus, basePerS } = found;
  const [first] = points;
  print(`${bold('capacity')} of ${scenario}${trace ? ` on ${trace}` : ''}, ${gpus} GPUs`);
  print(
    `${found.slo} for ${formatShare(found.target)} of arrivals, ` +
      `at ${formatShare(found.confidence)} confidence; factor 1 is ${rate(basePerS)} requests/s`,
  );
  print();
  const right = (title: string) => ({ title, align: 'right' as const });
  const level = first ? `${Math.round(100 * first.interval.level)} % interval` : '';
  printTable(
    [right('factor'), right('requests/s'), right('attainment'), right(level), { title: '' }],
    points.map((point) => [
      factorText(point.factor),
      rate(point.ratePerS),
      formatShare(point.attainment),
      `${formatShare(point.interval.low)} to ${formatShare(point.interval.high)}`,
      verdict(point),
    ]),
    { bold: (row) => points[row]?.passes === true },
  );
  print();
  if (factors === null) {
    print(`${found.missing.length} runs are missing`);
    return;
  }
  const rates = ratesOf(found);
  const bound = factors.atLeast ? 'at least ' : '';
  const row = (title: string, factor: number, perS: number) => [
    title,
    `${bound}${factorText(factor)}`,
    `${bound}${rate(perS)}`,
    `${bound}${rate(perS / gpus)}`,
  ];
  printTable(
    [{ title: 'capacity' }, right('factor'), right('requests/s'), right('per GPU')],
    [
      row('highest rate of the grid that passes', factors.grid, rates.grid as number),
      row('interpolated at the crossing', factors.interpolated, rates.interpolated as number),
    ],
  );
  print();
  if (factors.reason) print(`${factors.reason}: ${next(found)}`);
  if (!factors.monotone) {
    print('Not monotone: a rate fails below one that passes; the last crossing counts.');
  }
  if (found.seedsAlike) {
    print(
      `The ${found.seeds} seeds made no difference: their replays are equal, and count as one run.`,
    );
  }
  const sources = [...new Set(points.map(({ interval }) => interval.source))];
  const { draws } = (first as CapacityPoint).interval;
  const varied = points.some(({ interval }) => interval.source !== 'workload');
  const seeds = varied ? `, and the ${found.seeds} seeds` : '';
  print(
    dim(
      `Interval: ${sources.join(', ')}; requests resampled by session${seeds}, ${draws} draws. A rate passes if its low end does.`,
    ),
  );
  print();
  const runs = points.flatMap((point) => point.runs);
  print(`Next: reprise compare ${runs.slice(0, 2).join(' ')} --runs ${out}   or   reprise report`);
}

/** What each cell of an experiment carries: one row per capacity and cell. */
export function printCapacities(capacities: readonly Capacity[]): void {
  const right = (title: string) => ({ title, align: 'right' as const });
  printTable(
    [
      { title: 'capacity' },
      { title: 'cell' },
      right('grid'),
      right('interpolated'),
      right('per GPU'),
      { title: '' },
    ],
    capacities.map((one) => {
      const { grid, interpolated } = ratesOf(one);
      const shown = (perS: number | null) => (perS === null ? '-' : `${rate(perS)}/s`);
      return [
        one.name,
        one.cell,
        shown(grid),
        shown(interpolated),
        shown(interpolated && interpolated / one.gpus),
        one.factors?.reason ?? (one.missing.length > 0 ? `${one.missing.length} runs missing` : ''),
      ];
    }),
  );
}

function next({ factors }: Capacity): string {
  return factors?.atLeast ? 'try higher --rates.' : 'try lower --rates.';
}

function verdict({ passes, by }: CapacityPoint): string {
  return `${passes ? 'passes' : 'fails'}${by === 'bisection' ? ', bisection' : ''}`;
}

function factorText(factor: number): string {
  return `${Number(factor.toPrecision(4))}x`;
}

function rate(perS: number): string {
  return formatCount(Number(perS.toPrecision(4)));
}
