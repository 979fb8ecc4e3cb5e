import { recordedCheck } from '../../cost/calibration/recorded/recorded.ts';
import type { Chart } from '../chart.ts';
import { errorMarks } from '../charts/error-marks.ts';
import {
  a100Steps,
  publishedKernelErrors,
  rangeOf,
  stepErrorRows,
  stepMarks,
  unfitted,
} from '../clock-errors.ts';
import { escapeHtml } from '../page/html.ts';
import { profilesTable, publishedTable } from '../site/clock-tables.ts';
import { counted, type Section } from './section.ts';

/** How far the clock is to be trusted, on one screen. */
export function clockSection(): Section {
  const { graphs } = unfitted(a100Steps());
  const families = [...new Set(publishedKernelErrors.map(({ family }) => family))].map((family) => {
    const own = publishedKernelErrors.filter((one) => one.family === family);
    return `${family} ${rangeOf(own.map(({ mape }) => mape))}`;
  });
  const modern = rangeOf(graphs.map((one) => one.default.mape));
  const intro = `<p>All times of these runs come from a model of the GPU, calibrated for the A100, not from a GPU. Mean errors that were published for its kernels, over the tests below: ${escapeHtml(families.join(', '))}. With the default profile, steps of CUDA-graph engines that no fit saw are off by ${modern} in the mean; an eager engine of 2023 can take three times as long, which an engine profile adds. Differences between runs that are smaller than these errors are differences of the model.</p>`;
  return {
    id: 'clock',
    title: 'How far the clock is to be trusted',
    blocks: [
      { html: intro },
      { chart: stepsChart() },
      { html: publishedTable() + profilesTable() },
    ],
  };
}

/** Measured steps on an A100: what kernels alone, the default profile and the engine's own miss. */
export function stepsChart(): Chart {
  const steps = a100Steps();
  const { graphs, others } = unfitted(steps);
  const means = (cases: typeof graphs) => rangeOf(cases.map((one) => one.default.mape));
  const { command, date } = recordedCheck('a100');
  return errorMarks(
    stepErrorRows(steps),
    { marks: stepMarks, axis: 'mean error of the step time' },
    {
      id: 'clock-steps',
      title: `The default profile is ${means(graphs)} off the steps of CUDA-graph engines that no fit saw (${counted(graphs.length, 'case')}), and ${means(others)} off eager engines (${others.length}), which need a profile of their own`,
      subtitle:
        'Mean error of predicted steps on an A100 by engine, model and phase; kernels alone have nothing of an engine and saw no step; hollow: rows of it were fitted',
      sql: '',
      provenance: [
        `recorded ${date}: ${command}`,
        `${steps.reduce((sum, { rows }) => sum + rows, 0)} published step times, source files with their SHA-256 in src/cost/calibration/recorded/a100.json`,
        'means over the steps of a line, no interval',
      ],
    },
  );
}
