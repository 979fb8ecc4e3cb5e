import type { ClockStudy } from '../../experiment/statistics/clock-study.ts';
import type { Estimate } from '../../experiment/statistics/interval.ts';
import { formatMs, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable } from '../terminal.ts';

/** Cells with their clock intervals, then how often each ranking holds. */
export function printClockStudy({ experiment, draws, metrics }: ClockStudy): void {
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
  printTable(
    [
      { title: 'metric' },
      { title: 'best with the published constants' },
      right('best in'),
      right('whole order in'),
    ],
    metrics.map(({ metric, ranking }) => [
      metric.title,
      shortened(ranking.best.system),
      formatShare(ranking.best.share),
      formatShare(ranking.whole),
    ]),
    { bold: (row, column) => column === 2 && metrics[row]?.ranking.best.share === 1 },
  );
  print();
  const level = metrics[0]?.cells[0]?.estimate.interval?.level ?? 0.9;
  print(dim(`[${Math.round(100 * level)} % interval]: clock. Shares are of the draws.`));
}

function shortened(cell: string): string {
  return cell.replaceAll(/[^,=]+=/g, '').replaceAll(',', ', ');
}

function figure({ value, interval }: Estimate, isTime: boolean): string {
  const text = (x: number) => (isTime ? formatMs(x) : x.toFixed(2));
  return interval ? `${text(value)} [${text(interval.low)}, ${text(interval.high)}]` : text(value);
}
