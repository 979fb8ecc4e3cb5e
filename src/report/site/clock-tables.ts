import type { Offender } from '../../cost/calibration/check/worst.ts';
import type {
  CheckRecord,
  RecordedPricing,
  RecordedSteps,
} from '../../cost/calibration/recorded/record.ts';
import { recordedCheck, recordedGpus } from '../../cost/calibration/recorded/recorded.ts';
import { profileOfGpu } from '../../cost/gpu-profiles.ts';
import { defaultProfile, engineProfiles } from '../../cost/profiles.ts';
import { gpuNamed } from '../../hardware/gpus.ts';
import { type HeldOut, publishedKernelErrors } from '../clock-errors.ts';
import { escapeHtml, htmlTable, type TableColumn } from '../page/html.ts';
import { shapeText } from './clock-rows.ts';

const percent = (value: number) => `${value.toFixed(1)} %`;
const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(1)} %`;
const numeric = (...titles: string[]): TableColumn[] =>
  titles.map((title) => ({ title, numeric: true }));
const count = (rows: number) => rows.toLocaleString('en');
const wrapped = (text: string) => ({ html: `<span class="wrapped">${escapeHtml(text)}</span>` });

interface Errors {
  readonly rows: number;
  readonly bias: number;
  readonly mape: number;
  readonly median: number;
  readonly p90: number;
}

const errorTitles = numeric('rows', 'bias', 'mean error', 'median', 'p90');
const errors = ({ rows, bias, mape, median, p90 }: Errors) => [
  count(rows),
  signed(bias),
  ...[mape, median, p90].map(percent),
];

/** Kernels by family and GPU. */
export function familiesTable(families: CheckRecord['families']): string {
  return htmlTable(
    'Kernels: errors of single calls by family. Bias above 0: predictions are too long',
    [{ title: 'family' }, { title: 'GPU' }, { title: 'constants' }, ...errorTitles],
    families.map((row) => [row.family, row.gpu, constantsOf(row.gpu), ...errors(row)]),
  );
}

/** Whose constants price a GPU. */
export function constantsOf(gpu: string): string {
  const own = profileOfGpu(gpuNamed(gpu)).gpu === gpu;
  return own ? 'its own' : 'shares of the A100';
}

/** Steps by engine, model and phase, priced three times. */
export function stepsTable(steps: readonly RecordedSteps[]): string {
  const cell = ({ mape, fitted_rows }: RecordedPricing) => ({
    html: `${fitted_rows > 0 ? '◇\u00a0' : ''}${percent(mape)}`,
    sort: mape,
  });
  return htmlTable(
    'Whole steps: mean error with kernels alone, with the profile of the engine, and with the default profile. ◇: rows of it were fitted, so it is no evidence',
    [
      { title: 'engine' },
      { title: 'model' },
      ...numeric('TP'),
      { title: 'phase' },
      { title: 'GPU' },
      ...numeric('steps', 'kernels alone', 'bias', 'its profile', 'default profile'),
      { title: 'profile of the engine' },
    ],
    steps.map((one) => [
      one.engine,
      one.model,
      String(one.tp),
      one.phase,
      one.gpu,
      count(one.rows),
      cell(one.composed),
      signed(one.composed.bias),
      cell(one.own),
      cell(one.default),
      one.own.profile,
    ]),
    { sortable: true },
  );
}

export function selectionsTable(selections: CheckRecord['selections']): string {
  return htmlTable(
    'Across models; rows that a fit saw are left out',
    [{ title: 'rows' }, { title: 'GPU' }, ...errorTitles],
    selections.map((row) => [wrapped(row.selection), row.gpu, ...errors(row)]),
  );
}

export function worstTable(worst: readonly Offender[]): string {
  const time = (value: number, unit: string) =>
    `${value.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit === 'us' ? 'µs' : unit}`;
  return htmlTable(
    'The three worst rows of each group, steps with kernels alone',
    [
      { title: 'group' },
      { title: 'GPU' },
      ...numeric('measured', 'predicted', 'error'),
      { title: 'shape' },
    ],
    worst.map(({ group, gpu, measured, predicted, unit, error, shape }) => [
      group,
      gpu,
      time(measured, unit),
      time(predicted, unit),
      signed(error),
      wrapped(shapeText(shape)),
    ]),
  );
}

const heldOutNames: Readonly<Record<HeldOut, string>> = {
  shapes: 'whole shapes',
  models: 'a model or range of heads',
  lengths: 'longer lengths',
};

/** Published errors on shapes that no fit saw. */
export function publishedTable(): string {
  return htmlTable(
    'Published with the A100 constants, on measurements that the fit did not see. Rows with held-out shapes use the shipped constants; the others were refitted without what they test. The form of the model was chosen with these errors in view, its constants were not',
    [
      { title: 'kernel family' },
      { title: 'held out' },
      { title: 'tested on' },
      ...numeric('points', 'mean error', 'median', 'p90'),
    ],
    publishedKernelErrors.map(({ family, heldOut, test, rows, mape, median, p90 }) => [
      family,
      heldOutNames[heldOut],
      test,
      count(rows),
      ...[mape, median, p90].map(percent),
    ]),
  );
}

/** What the terms of each engine were fitted on, and what they leave. */
export function profilesTable(): string {
  return htmlTable(
    'Engine profiles: mean error of a step. The fitted column is on the very points that the terms were set from, so only the held-out one is evidence',
    [
      { title: 'engine profile' },
      { title: 'step' },
      { title: 'GPU' },
      ...numeric('kernels alone', 'with profile, fitted points', 'with profile, held out'),
      { title: 'measured by' },
    ],
    engineProfiles.flatMap(({ name, fits, gpu = 'a100-80gb' }) =>
      (['decode', 'prefill'] as const).map((phase) => {
        const { kernelsMape, fittedMape, heldOut, source } = fits[phase];
        const points = heldOut?.points ?? null;
        return [
          name === defaultProfile ? `${name} (default)` : name,
          phase,
          gpu,
          percent(kernelsMape),
          percent(fittedMape),
          heldOut === null
            ? 'no points left'
            : percent(heldOut.mape) + (points === null ? '' : ` (${count(points)} points)`),
          wrapped(source),
        ];
      }),
    ),
  );
}

/** The files behind each recorded check. */
export function sourcesTable(): string {
  return recordedGpus
    .map((gpu) => {
      const { command, date, sources } = recordedCheck(gpu);
      return htmlTable(
        `${command}, ${date}`,
        [{ title: 'file' }, ...numeric('rows'), { title: 'SHA-256' }],
        sources.map(({ file, rows, sha256 }) => [
          file,
          count(rows),
          { html: `<code title="${sha256}">${sha256.slice(0, 12)}…</code>` },
        ]),
      );
    })
    .join('');
}
