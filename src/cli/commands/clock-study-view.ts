import type { ClockStudy } from '../../experiment/statistics/clock-study.ts';
import type { Estimate } from '../../experiment/statistics/interval.ts';
import { formatMs, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable } from '../terminal.ts';

/** Cells with their clock intervals, then how often the ranking of each group holds. */
export function printClockStudy({ experiment, draws, compared, metrics }: ClockStudy): void {
  print(`${bold(experiment)}: ${draws} draws of the clock`);
  print();
  const cells = metrics[0]?.cells.map(({ cell }) => cell) ?? [];
  const right = (title: string) => ({ title, align: 'right' as const });
  for (const half of [metrics.slice(0, 3), metrics.slice(3)]) {
    printTable(
      [{ title: 'cell' }, ...half.map(({ metric }) => right(metric.title))],
      cells.map((cell) => [
        shortened(cell),
        ...half.map(({ metric, cells: drawn }) => {
          const found = drawn.find((one) => one.cell === cell);
          return found ? figure(found.estimate, metric.name.endsWith('_ms')) : '-';
        }),
      ]),
    );
    print();
  }
  const rows = metrics.flatMap(({ metric, rankings }) =>
    rankings.map(({ group, ranking }) => ({ metric, group, ranking })),
  );
  const grouped = rows.some(({ group }) => group !== '');
  if (rows.length > 0) {
    printTable(
      [
        { title: 'metric' },
        ...(grouped ? [{ title: 'among' }] : []),
        { title: 'best with the published constants' },
        right('best in'),
        right('whole order in'),
      ],
      rows.map(({ metric, group, ranking }) => [
        metric.title,
        ...(grouped ? [group.replaceAll(',', ', ')] : []),
        shortened(ranking.best.system),
        formatShare(ranking.best.share),
        formatShare(ranking.whole),
      ]),
      { bold: (row, c) => c === (grouped ? 3 : 2) && rows[row]?.ranking.best.share === 1 },
    );
    print();
  }
  print(dim(rankedBy(compared, rows.length > 0)));
  const level = metrics[0]?.cells[0]?.estimate.interval?.level ?? 0.9;
  print(dim(`[${Math.round(100 * level)} % interval]: clock. Shares are of the draws.`));
}

function rankedBy(compared: readonly string[] | null, any: boolean): string {
  if (compared === null) return 'Ranked: all cells; the experiment names no baselines.';
  const axes = compared.join(', ');
  return any
    ? `Ranked: cells that differ in ${axes} alone, which the baselines name.`
    : `No ranking: no two cells differ in ${axes} alone, which the baselines name.`;
}

function shortened(cell: string): string {
  return cell.replaceAll(/[^,=]+=/g, '').replaceAll(',', ', ');
}

function figure({ value, interval }: Estimate, isTime: boolean): string {
  const text = (x: number) => (isTime ? formatMs(x) : x.toFixed(2));
  return interval ? `${text(value)} [${text(interval.low)}, ${text(interval.high)}]` : text(value);
}
