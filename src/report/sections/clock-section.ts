import { defaultProfile, engineProfiles } from '../../cost/profiles.ts';
import { clockDumbbells } from '../charts/clock-dumbbells.ts';
import { clockErrorSource, kernelErrors, type StepError, stepErrors } from '../clock-errors.ts';
import { escapeHtml, htmlTable } from '../page/html.ts';
import type { Section } from './section.ts';

const percent = (value: number) => `${value.toFixed(1)} %`;

/** How far the clock is to be trusted. */
export function clockSection(): Section {
  const byMedian = [...stepErrors].sort((a, b) => distance(a) - distance(b));
  const near = byMedian.filter((error) => distance(error) <= 0.1).length;
  const worst = byMedian[byMedian.length - 1] as StepError;
  const chart = clockDumbbells(stepErrors, {
    id: 'clock-steps',
    title: `Composed of kernels alone, ${near} of ${stepErrors.length} measured cases are within 10 % at the median; the farthest, ${worst.engine} with ${worst.model} (${worst.phase}), takes ${worst.median.toFixed(1)}x as long as predicted`,
    subtitle:
      'Measured over predicted step time, nothing fitted end to end and no engine profile; per engine, sorted by mean error',
    sql: '',
    provenance: [
      `published figures: ${clockErrorSource}`,
      'every point is a held-out one here: no constant was set from an end-to-end time',
      'range: lowest and highest ratio',
    ],
  });
  const modern = rangeOf(
    stepErrors.filter(
      (error) => error.engine.startsWith('vLLM 0.6') || error.engine === 'vLLM 2026',
    ),
  );
  const families = [...new Set(kernelErrors.map((error) => error.family))].map(
    (family) => `${family} ${rangeOf(kernelErrors.filter((error) => error.family === family))}`,
  );
  const intro = `<p>All times of these runs come from a model of the GPU, calibrated for the A100, not from a GPU. Mean errors against public measurements, over the tests below: ${escapeHtml(families.join(', '))}; a decode step of a modern engine ${modern}. What remains is the engine, not the GPU: an eager engine of 2023 can take three times as long, which an engine profile adds. Differences between runs that are smaller than these errors are differences of the model.</p>`;
  const heldOut = {
    shapes: 'whole shapes',
    models: 'a model or range of heads',
    lengths: 'longer lengths',
  };
  const kernels = htmlTable(
    'Kernels: error of the prediction on measurements that the fit did not see. Rows with held-out shapes use the shipped constants; the others were refitted without what they test. The form of the model was chosen with these errors in view, its constants were not',
    [
      { title: 'kernel family' },
      { title: 'held out' },
      { title: 'tested on' },
      { title: 'points', numeric: true },
      { title: 'mean error', numeric: true },
      { title: 'median', numeric: true },
      { title: 'p90', numeric: true },
    ],
    kernelErrors.map((error) => [
      error.family,
      heldOut[error.heldOut],
      error.test,
      error.rows.toLocaleString('en'),
      percent(error.mape),
      percent(error.median),
      percent(error.p90),
    ]),
  );
  const profiles = htmlTable(
    'Engine profiles: mean error of a step. The fitted column is on the very points the profile was set from, so only the held-out one is evidence',
    [
      { title: 'engine profile' },
      { title: 'step' },
      { title: 'GPU' },
      { title: 'kernels alone', numeric: true },
      { title: 'with profile, fitted points', numeric: true },
      { title: 'with profile, held out', numeric: true },
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
            : percent(heldOut.mape) + (points === null ? '' : ` (${points} points)`),
          { html: `<span class="wrapped">${escapeHtml(source)}</span>` },
        ];
      }),
    ),
  );
  const source = `<p class="note">Source: ${escapeHtml(clockErrorSource)}.</p>`;
  return {
    id: 'clock',
    title: 'How far the clock is to be trusted',
    blocks: [{ html: intro }, { chart }, { html: kernels + profiles + source }],
  };
}

/** Lowest to highest mean error. */
function rangeOf(errors: readonly { readonly mape: number }[]): string {
  const means = errors.map((error) => error.mape);
  const [low, high] = [Math.min(...means).toFixed(0), Math.max(...means).toFixed(0)];
  return low === high ? `${low} %` : `${low} to ${high} %`;
}

function distance({ median }: StepError): number {
  return Math.abs(median - 1);
}
