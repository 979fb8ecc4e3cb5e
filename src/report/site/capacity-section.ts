import { ratesOf } from '../../experiment/capacity/capacity-tables.ts';
import type { Capacity } from '../../experiment/capacity/find-capacities.ts';
import type { ChartSpec } from '../../experiment/define.ts';
import { formatShare } from '../../units/format.ts';
import { specChart } from '../charts/spec-chart.ts';
import { htmlTable, slug, typeset } from '../page/html.ts';
import { type Block, counted, listed, type Section } from '../sections/section.ts';
import { provenanceOf } from '../sections/study.ts';
import { type Cell, sqlText } from '../session.ts';
import { type OpenedExperiment, systemOf } from './opened.ts';

/** Cells drawn in one chart; the table holds all. */
const mostDrawn = 6;

/** What each system carries: attainment against load, and where it meets the target. */
export async function capacitySection(
  opened: OpenedExperiment,
  scenarios: string | undefined,
): Promise<Section[]> {
  const names = [...new Set(opened.capacities.map(({ name }) => name))];
  if (names.length === 0) return [];
  const blocks: Block[] = [];
  for (const name of names) {
    const own = opened.capacities.filter((one) => one.name === name);
    const scanned = own.filter(({ points }) => points.length > 0);
    if (scanned.length > 0) blocks.push(...(await scanChart(opened, scanned, scenarios)));
    blocks.push({ html: capacityTable(name, own, axesAmong(own)) });
  }
  return [{ id: 'capacity', title: 'Capacity', blocks }];
}

async function scanChart(
  opened: OpenedExperiment,
  scanned: readonly Capacity[],
  scenarios: string | undefined,
): Promise<Block[]> {
  const { session, runs } = opened;
  const first = scanned[0] as Capacity;
  const intervals = new Set(
    scanned.flatMap(({ points }) => points.map(({ interval }) => interval.source)),
  );
  const axes = axesAmong(scanned);
  const spec = scanSpec(scanned.slice(0, mostDrawn), axes);
  const chart = await specChart(session, spec, {
    id: slug(spec.id),
    provenance: provenanceOf(runs, `band: ${listed([...intervals])}`),
    order: new Map([['system', scanned.map((one) => systemOf(one.labels, axes))]]),
    ...(scenarios === undefined ? {} : { scenarios }),
  });
  const rest =
    scanned.length > mostDrawn
      ? `<p class="note">The chart draws the first ${mostDrawn} of ${counted(scanned.length, 'cell')}; the table below holds all.</p>`
      : '';
  return chart === null ? [{ html: rest }] : [{ chart }, { html: rest || targetNote(first) }];
}

function targetNote({ slo }: Capacity): string {
  return slo === null
    ? ''
    : `<p class="note">A request is in time within ${typeset(worded(slo))}.</p>`;
}

/** Labels in which the scanned systems differ. */
function axesAmong(capacities: readonly Capacity[]): string[] {
  const names = [...new Set(capacities.flatMap(({ labels }) => Object.keys(labels)))];
  const differing = names.filter(
    (name) => new Set(capacities.map(({ labels }) => labels[name])).size > 1,
  );
  return differing.length > 0 ? differing : names.slice(0, 1);
}

function worded(slo: string): string {
  return slo.replaceAll('<=', 'at most');
}

/** Attainment against offered load, the target as a rule, each capacity where its line ends. */
function scanSpec(drawn: readonly Capacity[], axes: readonly string[]): ChartSpec {
  const { name, target, confidence } = drawn[0] as Capacity;
  const systems = drawn.map(
    (one) => `(${sqlText(one.cell)}, ${sqlText(systemOf(one.labels, axes))})`,
  );
  const x = {
    field: 'rate_per_s',
    type: 'quantitative',
    axis: { title: 'offered load (requests/s)' },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: { title: 'attainment: share of all requests', format: '.0%', tickCount: 5 },
  });
  const color = { field: 'system', type: 'nominal' };
  return {
    id: `capacity-${name}`,
    title: capacityFinding(drawn, axes),
    subtitle: `Share of arrivals in time against offered load; dashed: the target of ${formatShare(target)}, held against the lower limit (one-sided, ${formatShare(confidence)}); vertical: the load where it is met`,
    // The drawn system, not a label of that name: a list's axis is called so by default.
    sql: `SELECT systems.system AS system, rate_per_s, attainment, low, high, lower_limit, tried_by,
  capacity_interpolated, ${target} AS target
FROM capacity_scan JOIN capacities USING (capacity, cell)
  JOIN (VALUES ${systems.join(', ')}) AS systems(cell, system) USING (cell)
WHERE capacity = ${sqlText(name)} ORDER BY systems.system, rate_per_s`,
    spec: {
      layer: [
        {
          mark: { type: 'area', opacity: 0.18, tooltip: null },
          encoding: { x, y: y('low'), y2: { field: 'high' }, color, opacity: { value: 0.18 } },
        },
        { mark: { type: 'line' }, encoding: { x, y: y('attainment'), color } },
        { mark: { type: 'point' }, encoding: { x, y: y('attainment'), color } },
        {
          transform: [{ filter: 'datum.capacity_interpolated > 0' }],
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: {
            x: { aggregate: 'max', field: 'capacity_interpolated', type: 'quantitative' },
            color,
            opacity: { value: 1 },
          },
        },
        {
          mark: { type: 'rule', strokeDash: [5, 4], color: '$muted', tooltip: null },
          encoding: { y: { aggregate: 'max', field: 'target', type: 'quantitative' } },
        },
      ],
    },
  };
}

const perSecond = (rate: number | null) => (rate === null ? '-' : rate.toFixed(rate < 10 ? 2 : 1));

function capacityFinding(drawn: readonly Capacity[], axes: readonly string[]): string {
  const known = drawn.filter((one) => ratesOf(one).interpolated !== null);
  if (known.length === 0) return 'Not all rates of the scan have been run';
  const perGpu = (one: Capacity) => (ratesOf(one).interpolated ?? 0) / one.gpus;
  const sorted = [...known].sort((a, b) => perGpu(b) - perGpu(a));
  const say = (one: Capacity) => {
    const least = one.factors?.atLeast ? 'at least ' : '';
    return `${least}${perSecond(ratesOf(one).interpolated)} requests/s (${perSecond(perGpu(one))} per GPU)`;
  };
  if (known.every((one) => ratesOf(one).interpolated === 0)) {
    return `No system meets the target of ${formatShare(known[0]?.target ?? null)} at any rate of the scan`;
  }
  const [best, ...others] = sorted as [Capacity, ...Capacity[]];
  const worst = others[others.length - 1];
  const name = systemOf(best.labels, axes);
  const subject = `${name.charAt(0).toUpperCase()}${name.slice(1)} carries ${say(best)}`;
  return worst === undefined
    ? subject
    : `${subject}, ${systemOf(worst.labels, axes)} ${say(worst)}`;
}

function capacityTable(
  name: string,
  capacities: readonly Capacity[],
  axes: readonly string[],
): string {
  const { target, slo, confidence } = capacities[0] as Capacity;
  const rows = capacities.map((one) => {
    const { grid, interpolated } = ratesOf(one);
    return [
      systemOf(one.labels as Record<string, Cell>, axes),
      String(one.gpus),
      perSecond(grid),
      perSecond(interpolated),
      interpolated === null ? '-' : perSecond(interpolated / one.gpus),
      remarkOn(one),
    ];
  });
  const within = slo === null ? '' : ` within ${worded(slo)}`;
  return htmlTable(
    `Capacity ${name}: highest offered load (requests/s) at which ${formatShare(target)} of arrivals are in time${within}, by the lower limit of ${formatShare(confidence)} confidence`,
    [
      { title: 'cell' },
      { title: 'GPUs', numeric: true },
      { title: 'on the grid', numeric: true },
      { title: 'interpolated', numeric: true },
      { title: 'per GPU', numeric: true },
      { title: 'remark' },
    ],
    rows,
  );
}

function remarkOn({ factors, missing, seeds, seedsAlike }: Capacity): string {
  if (missing.length > 0) return `${counted(missing.length, 'run')} missing`;
  const remarks = [
    ...(factors?.reason ? [factors.reason] : []),
    ...(factors && !factors.monotone ? ['a lower rate fails: the scan is not monotone'] : []),
    ...(seedsAlike ? [`its ${seeds} seeds made no difference: one run`] : []),
  ];
  return remarks.join('; ');
}
