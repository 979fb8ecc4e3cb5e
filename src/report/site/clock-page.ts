import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkCalibration } from '../../cost/calibration/check/check.ts';
import { recordedCheck, recordedGpus } from '../../cost/calibration/recorded/recorded.ts';
import { listConstants } from '../../cost/constants.ts';
import { gpuProfiles } from '../../cost/gpu-profiles.ts';
import { packageRoot } from '../../trace/locate.ts';
import { a100Steps } from '../clock-errors.ts';
import { escapeHtml, htmlTable, typeset } from '../page/html.ts';
import { stepsChart } from '../sections/clock-section.ts';
import { counted, type Section } from '../sections/section.ts';
import { familiesChart, h200Chart, measuredChart, shapeChart } from './clock-charts.ts';
import { servingBlocks } from './clock-serving.ts';
import {
  familiesTable,
  profilesTable,
  publishedTable,
  selectionsTable,
  sourcesTable,
  stepsTable,
} from './clock-tables.ts';
import type { SitePage } from './shell.ts';

/** The project's own measurements of one H200. */
const ownData = () => join(packageRoot(), 'src/cost/calibration/data/h200');

/** What the times rest on, and how far they were from measurements that no fit saw. */
export async function clockPage(): Promise<SitePage> {
  const lead = stepsChart();
  return {
    path: 'clock.html',
    title: 'How far to trust this clock',
    opening: [
      {
        html: `<p class="question">How far are the times on these pages from times on a GPU?</p><p class="answer">${typeset(lead.title)}.</p>`,
      },
      { chart: { ...lead, echo: true } },
      { html: reading },
    ],
    sections: [
      fittedSection(),
      kernelsSection(),
      stepsSection(),
      await h200Section(),
      { id: 'engine', title: 'Against a real engine', blocks: servingBlocks() },
      limitsSection(),
      recordsSection(),
    ],
  };
}

const reading = `<p>A step is the sum of its kernels, each with a form and constants fitted on measured kernels, plus what the engine adds. Figures here are of predictions on measured rows; where a fit saw rows, the mark is hollow or has a ◇, and it is no evidence. Differences between systems on these pages that are smaller than these errors are differences of the model: <code>draw</code> replays them under other constants.</p>`;

function fittedSection(): Section {
  const rows = gpuProfiles.flatMap(({ gpu, constants, variants }) =>
    [['', constants] as const, ...Object.entries(variants)].flatMap(([variant, tree]) =>
      bySource(tree).map(({ source, families, count }) => [
        variant === '' ? gpu : `${gpu}, ${variant}`,
        wrapped(families.join(', ')),
        String(count),
        wrapped(source),
      ]),
    ),
  );
  const constants = htmlTable(
    'Constants of kernels, by what they were set from; values and intervals: reprise cost profiles',
    [
      { title: 'GPU, variant' },
      { title: 'kernels' },
      { title: 'constants', numeric: true },
      { title: 'set from' },
    ],
    rows,
  );
  const text =
    '<p>No constant of a kernel was set from a whole step but the two of element-wise work on the H200. Terms of engines were set from steps of that engine. GPUs without constants of their own take the A100’s shares of their peaks.</p>';
  return {
    id: 'fitted',
    title: 'What was fitted on what',
    blocks: [{ html: text + constants + profilesTable() }],
  };
}

/** What the constants of a tree were set from. */
function bySource(tree: object) {
  const placed = listConstants(tree);
  const sources = [...new Set(placed.map(({ constant }) => constant.source))];
  return sources.map((source) => {
    const own = placed.filter(({ constant }) => constant.source === source);
    const families = [...new Set(own.map(({ path }) => path.split('.')[0] as string))];
    return { source, families, count: own.length };
  });
}

function wrapped(text: string) {
  return { html: `<span class="wrapped">${withCode(escapeHtml(text))}</span>` };
}

/** Words between backticks as code. */
function withCode(html: string): string {
  return html.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function kernelsSection(): Section {
  const families = recordedGpus.flatMap((gpu) => recordedCheck(gpu).families);
  const chart = familiesChart(families, {
    id: 'clock-families',
    provenance: [recordText(), 'errors over the rows of a family, no interval'],
  });
  return {
    id: 'kernels',
    title: 'Kernels',
    blocks: [{ chart }, { html: familiesTable(families) + publishedTable() }],
  };
}

function stepsSection(): Section {
  const hopper = recordedCheck('h100').end_to_end;
  const text = `<p>Measured over several engines, models and years. Kernels alone saw no step at all; the default profile, <code>modern-cuda-graphs</code>, stands for engines that a paper does not name; to reproduce a published baseline, take the profile of its engine.</p>`;
  return {
    id: 'steps',
    title: 'Steps by engine, model and phase',
    blocks: [{ html: text + stepsTable([...a100Steps(), ...hopper]) }],
  };
}

async function h200Section(): Promise<Section> {
  const { selections, end_to_end } = recordedCheck('h200');
  const checked = await checkCalibration({ data: ownData() });
  const own = 'our own measurement: src/cost/calibration/data/h200';
  const head = { provenance: [own, 'single measurements, no interval'] };
  const shapes = shapeChart(checked.rows, 'h200', head);
  const text =
    '<p>Here kernels were fitted and steps predicted: matrix products, attention and experts were timed alone, and whole steps of a decoder in plain PyTorch were left for the check, but for those of llama-2-7b, which two constants of element-wise work were set from. A second measurement, on another day with our own script, was held against the same constants; only attention on a cached prefix was set from it. Single element-wise kernels are far shorter than those two constants make them: the constants hold whatever else a step does that no file times.</p>';
  return {
    id: 'h200',
    title: 'H200: kernels fitted, steps predicted',
    blocks: [
      { html: text },
      {
        chart: h200Chart(selections, checked.result.selections, {
          id: 'clock-h200',
          provenance: [recordText('h200'), own, 'rows of fits left out'],
        }),
      },
      { chart: measuredChart(checked.rows, 'h200', head) },
      ...(shapes === null ? [] : [{ chart: shapes }]),
      { html: selectionsTable(selections) + stepsTable(end_to_end) },
    ],
  };
}

/** The list of the cost room's README, which is the place where it is kept. */
function limitsSection(): Section {
  const readme = readFileSync(join(packageRoot(), 'src/cost/README.md'), 'utf8');
  const [, section = ''] = /## What it does not know\n([\s\S]*?)(?=\n## |$)/.exec(readme) ?? [];
  const items = section
    .split(/\n(?=- )/)
    .map((item) => item.trim())
    .filter((item) => item.startsWith('- '))
    .map((item) => item.slice(2).replaceAll(/\s*\n\s*/g, ' '));
  const html = items.map((item) => `<li>${withCode(typeset(item))}</li>`);
  return {
    id: 'limits',
    title: 'What it does not know',
    blocks: [{ html: `<ul class="also">${html.join('')}</ul>` }],
  };
}

function recordsSection(): Section {
  const text = `<p>Errors on measurements of others were recorded from checks of ${recordedGpus.map((gpu) => `<code>${gpu}</code>`).join(', ')}; the measurements themselves are not ours to ship. With them at hand, the commands below give the figures again, and a test compares.</p>`;
  return {
    id: 'records',
    title: 'Where the figures come from',
    blocks: [{ html: text + sourcesTable() }],
  };
}

function recordText(gpu: (typeof recordedGpus)[number] = 'a100'): string {
  const { command, date } = recordedCheck(gpu);
  const sources = recordedCheck(gpu).sources;
  return `recorded ${date}: ${command} (${counted(sources.length, 'file')})`;
}
