import type { CheckResult } from '../../cost/calibration/check/check.ts';
import type { ErrorSummary } from '../../cost/calibration/check/errors.ts';
import type { StepErrors } from '../../cost/calibration/check/step-rows.ts';
import { note, print, printTable, type TableColumn } from '../terminal.ts';

/** The tables of `calibrate check`, one per level. */
export function printCheck(result: CheckResult): void {
  print(
    'Errors in % of the measurement. bias: mean of the signed errors, above 0 where predictions',
  );
  print('are too long; MAPE, median and P90: of the absolute errors.');
  printFamilies(result);
  printSteps(result);
  printSelections(result);
  printWorst(result);
  printOther(result);
  printLeftOut(result);
}

const right = (...titles: string[]): TableColumn[] =>
  titles.map((title) => ({ title, align: 'right' }));

const percent = (value: number) => value.toFixed(1);

const errors = ({ rows, bias, mape, median, p90 }: ErrorSummary): string[] => [
  String(rows),
  ...[bias, mape, median, p90].map(percent),
];

const errorColumns = right('rows', 'bias', 'MAPE', 'median', 'P90');

function printFamilies({ families }: CheckResult): void {
  if (families.length === 0) return;
  print('\nKernels (*: constants were fitted on rows of it; held out: MAPE on shapes not seen)\n');
  printTable(
    [{ title: 'family' }, { title: 'GPU' }, ...errorColumns, ...right('held out')],
    families.map((row) => {
      const [rows, bias, mape, ...rest] = errors(row) as [string, string, string, ...string[]];
      const star = row.fitted_rows > 0 ? '*' : ' ';
      const heldOut = row.held_out_mape === null ? '-' : percent(row.held_out_mape);
      return [row.family, row.gpu, rows, bias, `${mape}${star}`, ...rest, heldOut];
    }),
  );
}

function printOther({ other }: CheckResult): void {
  if (other.length === 0) return;
  print('\nKernels of no family: other frameworks, types or operations (-: no form)\n');
  printTable(
    [
      { title: 'operation' },
      { title: 'framework' },
      { title: 'dtype' },
      { title: 'GPU' },
      ...right('rows', 'MAPE'),
      { title: 'source' },
    ],
    other.map((row) => [
      row.op,
      [row.framework, row.framework_version].filter(Boolean).join(' ') || '-',
      row.dtype ?? '-',
      row.gpu,
      String(row.rows),
      row.mape === null ? '-' : percent(row.mape),
      row.source ?? '-',
    ]),
  );
}

function printSteps(result: CheckResult): void {
  const { end_to_end, end_to_end_engine, end_to_end_default } = result;
  if (end_to_end.length === 0) return;
  const marked = ({ mape, fitted_rows }: StepErrors) =>
    `${percent(mape)}${fitted_rows > 0 ? '*' : ' '}`;
  print(
    '\nWhole steps: kernels composed, then with an engine profile (*: rows of it were fitted)\n',
  );
  printTable(
    [
      { title: 'engine' },
      { title: 'model' },
      ...right('tp'),
      { title: 'phase' },
      { title: 'GPU' },
      ...right('rows', 'bias', 'MAPE', 'median', 'own', 'default'),
      { title: 'own profile' },
    ],
    end_to_end.map((row, i) => {
      const own = end_to_end_engine[i] as StepErrors;
      return [
        row.engine,
        row.model,
        String(row.tp),
        row.phase,
        row.gpu,
        String(row.rows),
        percent(row.bias),
        marked(row),
        percent(row.median),
        marked(own),
        marked(end_to_end_default[i] as StepErrors),
        own.profile,
      ];
    }),
  );
}

function printSelections({ selections }: CheckResult): void {
  if (selections.length === 0) return;
  print('\nAcross models, rows of fits left out\n');
  printTable(
    [{ title: 'selection' }, { title: 'GPU' }, ...errorColumns],
    selections.map((row) => [row.selection, row.gpu, ...errors(row)]),
  );
}

function printWorst({ worst }: CheckResult): void {
  if (worst.length === 0) return;
  print('\nWorst\n');
  printTable(
    [
      { title: 'group' },
      { title: 'GPU' },
      ...right('measured', 'predicted', 'error'),
      { title: 'shape' },
    ],
    worst.map(({ group, gpu, measured, predicted, unit, error, shape }) => [
      group,
      gpu,
      `${measured.toFixed(1)} ${unit}`,
      `${predicted.toFixed(1)} ${unit}`,
      percent(error),
      Object.entries(shape)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ]),
  );
}

function printLeftOut({ skipped, files, ignored, assumed_gpu }: CheckResult): void {
  if (skipped.length > 0) {
    print('\nSkipped\n');
    printTable(
      [{ title: 'model' }, ...right('rows'), { title: 'reason' }],
      skipped.map(({ model, rows, reason }) => [model, String(rows), reason]),
    );
  }
  const unscored = files.filter((file) => file.note !== undefined);
  if (unscored.length > 0) {
    print('\nRead, not scored\n');
    printTable(
      [{ title: 'file' }, ...right('rows'), { title: 'why' }],
      unscored.map(({ file, rows, note: why }) => [file, String(rows), why as string]),
    );
  }
  if (assumed_gpu !== null) {
    print(
      `\nNothing says which GPU was measured: taken to be ${assumed_gpu} (--profile names it).`,
    );
  }
  if (ignored.length > 0) note(`ignored, no known name: ${ignored.join(', ')}`);
}
