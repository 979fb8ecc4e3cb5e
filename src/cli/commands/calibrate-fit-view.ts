import type { ErrorSummary } from '../../cost/calibration/check/errors.ts';
import type { FitReport } from '../../cost/calibration/fit/fit.ts';
import { print, printTable } from '../terminal.ts';

/** Constants with their intervals, then the errors of held-out and of fitted rows. */
export function printFit(
  { file, families, elementwise, hostLinks, assumedGpu }: FitReport,
  output: string,
): void {
  const values = [
    ...families.flatMap((fit) => fit.values.map((value) => ({ of: fit.family.name, ...value }))),
    ...(elementwise === null
      ? []
      : (['usPerLayer', 'usPerMillionMoved'] as const).map((name) => ({
          of: `steps of ${elementwise.model}`,
          path: `elementwise.${name}`,
          neutral: undefined,
          value: elementwise[name],
          interval: elementwise.intervals[name],
        }))),
    ...hostLinks.flatMap(({ direction, startUs, bytesPerS, intervals }) => [
      {
        of: `host link ${direction}`,
        path: 'startUs',
        neutral: undefined,
        value: startUs,
        interval: intervals.startUs,
      },
      {
        of: `host link ${direction}`,
        path: 'bytesPerS',
        neutral: undefined,
        value: bytesPerS,
        interval: intervals.bytesPerS,
      },
    ]),
  ];
  printTable(
    [
      { title: 'family' },
      { title: 'constant' },
      { title: 'value', align: 'right' },
      { title: '90 % interval' },
    ],
    values.map(({ of, path, value, interval, neutral }) => [
      of,
      path,
      value.toPrecision(4),
      neutral
        ? 'neutral: no better with it'
        : interval === undefined
          ? '-'
          : `${interval[0].toPrecision(4)} to ${interval[1].toPrecision(4)}`,
    ]),
  );
  print();
  const errors = (set: string, name: string, shapes: number | null, of: ErrorSummary) => [
    name,
    set,
    shapes === null ? '-' : String(shapes),
    String(of.rows),
    of.bias.toFixed(1),
    of.mape.toFixed(1),
    of.median.toFixed(1),
    of.p90.toFixed(1),
  ];
  const right = (title: string) => ({ title, align: 'right' as const });
  printTable(
    [
      { title: 'family' },
      { title: 'rows' },
      right('shapes'),
      right('n'),
      right('bias %'),
      right('MAPE %'),
      right('median %'),
      right('P90 %'),
    ],
    [
      ...families.flatMap(({ family, heldOut, fitted }) => [
        ...(heldOut === null ? [] : [errors('held out', family.name, heldOut.shapes, heldOut)]),
        errors('fitted', family.name, fitted.shapes, fitted),
      ]),
      ...(elementwise === null
        ? []
        : [errors('fitted', `steps of ${elementwise.model}`, null, elementwise.fitted)]),
      ...hostLinks.map(({ direction, fitted }) =>
        errors('fitted', `host link ${direction}`, null, fitted),
      ),
    ],
  );
  print();
  if (assumedGpu)
    print(`nothing says which GPU was measured: taken to be ${file.gpu} (--gpu names it)`);
  print(`wrote ${output}`);
}
