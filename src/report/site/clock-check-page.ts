import { resolve } from 'node:path';
import type { CheckedRows, CheckResult } from '../../cost/calibration/check/check.ts';
import { recordOf } from '../../cost/calibration/recorded/record.ts';
import { escapeHtml, slug, typeset } from '../page/html.ts';
import { pageHtml } from '../page/page.ts';
import { type Block, counted, type Section } from '../sections/section.ts';
import { familiesChart, measuredChart, shapeChart, withinText } from './clock-charts.ts';
import { checkedGpus, comparedPoints } from './clock-rows.ts';
import { familiesTable, selectionsTable, stepsTable, worstTable } from './clock-tables.ts';
import { save } from './site-files.ts';

interface Checked {
  readonly result: CheckResult;
  readonly rows: CheckedRows;
}

export interface CheckPageOptions {
  /** What was run, for the reader. */
  readonly command: string;
}

/** Writes a check as one page of charts and tables that loads nothing. Gives its size in bytes. */
export async function writeCheckPage(
  checked: Checked,
  { output, command }: CheckPageOptions & { readonly output: string },
): Promise<number> {
  const html = await checkPage(checked, { command });
  await save(resolve(output), html);
  return Buffer.byteLength(html);
}

/** The page as text: same rows, same bytes. */
export async function checkPage(
  { result, rows }: Checked,
  { command }: CheckPageOptions,
): Promise<string> {
  const record = recordOf(result, { command, date: '', sources: [] });
  const gpus = checkedGpus(rows);
  const provenance = [command, 'single measurements, no interval'];
  const points = gpus.flatMap((gpu) => comparedPoints(rows, gpu));
  const answer = points.length === 0 ? 'No row could be priced' : withinText(points);
  const opening: Block[] = [
    {
      html: `<p class="question">How far is the clock from these measurements?</p><p class="answer">${typeset(answer)}.</p>`,
    },
  ];
  if (record.families.length > 0) {
    opening.push({ chart: familiesChart(record.families, { id: 'families', provenance }) });
  }
  const sections: Section[] = gpus.map((gpu) => {
    const shapes = shapeChart(rows, gpu, { provenance });
    return {
      id: slug(gpu),
      title: gpu,
      blocks: [
        { chart: measuredChart(rows, gpu, { provenance }) },
        ...(shapes === null ? [] : [{ chart: shapes }]),
      ],
    };
  });
  return pageHtml({
    title: `Calibration check of ${counted(gpus.length, 'GPU')}`,
    opening,
    sections: [...sections, ...tables(result, record)],
    interactive: true,
    footer:
      'Written by <code>reprise calibrate check --page</code>. The page holds its data and loads nothing.',
  });
}

function tables(
  result: CheckResult,
  { families, end_to_end, selections }: ReturnType<typeof recordOf>,
): Section[] {
  const section = (id: string, title: string, html: string, rows: number): Section[] =>
    rows === 0 ? [] : [{ id, title, blocks: [{ html }] }];
  return [
    ...section('kernels', 'Kernels by family', familiesTable(families), families.length),
    ...section(
      'steps',
      'Steps by engine, model and phase',
      stepsTable(end_to_end),
      end_to_end.length,
    ),
    ...section('selections', 'Across models', selectionsTable(selections), selections.length),
    ...section('worst', 'Worst rows', worstTable(result.worst), result.worst.length),
    ...section(
      'left-out',
      'Not scored',
      leftOut(result),
      result.skipped.length + result.ignored.length,
    ),
  ];
}

function leftOut({ skipped, ignored }: CheckResult): string {
  const items = [
    ...skipped.map(({ model, rows, reason }) => `${model}: ${counted(rows, 'row')}, ${reason}`),
    ...ignored.map((file) => `${file}: ignored, no known name`),
  ];
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
}
