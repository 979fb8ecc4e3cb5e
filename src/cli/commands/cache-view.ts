import type { Estimate } from '../../experiment/statistics/interval.ts';
import type { BlockStream } from '../../replay/cache/block-stream.ts';
import { formatCount, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable } from '../terminal.ts';
import type { CacheRow } from './cache.ts';

interface Shown {
  readonly trace: string;
  readonly rule: string;
  readonly nodes: number;
  readonly routing: string;
  readonly fromMs: number;
  readonly toMs?: number;
  readonly cold?: boolean;
}

/** A table of policies and capacities; the best of each capacity that foresees nothing is bold. */
export function printCache(
  rows: readonly CacheRow[],
  stream: BlockStream,
  { trace, rule, nodes, routing, fromMs, toMs, cold }: Shown,
): void {
  const { blocks, blockTokens } = stream;
  const references = rows[0]?.references ?? 0;
  print(`${bold('cache')} of ${trace}: ${formatCount(references)} references, ${sizeText()}`);
  const where = nodes === 1 ? '' : `, ${nodes} nodes, ${routing}`;
  print(`rule ${rule}${where}${windowText()}`);
  print();
  const right = (title: string) => ({ title, align: 'right' as const });
  printTable(
    [
      { title: 'policy' },
      right('capacity'),
      right('hits'),
      right('of blocks'),
      right('of tokens'),
      right('of prefill time'),
      ...(rows.some(({ gap }) => gap) ? [right('of the gap')] : []),
      right('ms'),
    ],
    rows.map((row) => [
      row.policy + (row.oracle.length > 0 ? ` [oracle: ${row.oracle.join(', ')}]` : ''),
      Number.isFinite(row.capacity) ? row.capacity.toLocaleString('en') : 'inf',
      row.hits.toLocaleString('en'),
      formatShare(references === 0 ? 0 : row.hits / references),
      row.saved === null ? '-' : formatShare(row.saved.tokenRatio),
      row.saved === null ? '-' : formatShare(row.saved.prefillRatio),
      ...(row.gap ? [gapText(row.gap)] : []),
      row.wallMs.toFixed(1),
    ]),
    { bold: (index) => isBest(rows[index] as CacheRow, rows) },
  );
  print();
  if (blockTokens !== null) {
    print(dim('Prefill time: of a 70B model, whose attention is half of it at 150 k tokens.'));
  }
  print('Next: reprise policies cache   or   reprise cache … --policy min --capacity inf');

  function windowText(): string {
    if (fromMs === 0 && toMs === undefined) return '';
    const start = fromMs === 0 ? '' : cold ? ', empty cache then' : ', warm from what came before';
    return `, arrivals from ${fromMs} ms${toMs === undefined ? '' : ` to ${toMs} ms`}${start}`;
  }

  function sizeText(): string {
    const size = blockTokens === null ? '' : ` of ${blockTokens} tokens`;
    return `${formatCount(blocks)} blocks${size}`;
  }
}

function gapText({ value, interval }: Estimate): string {
  if (Number.isNaN(value)) return 'no gap';
  const share = (one: number) => (100 * one).toFixed(1);
  const range = interval && ` (${share(interval.low)} to ${share(interval.high)})`;
  return `${share(value)} %${range ?? ''}`;
}

function isBest(row: CacheRow, rows: readonly CacheRow[]): boolean {
  const rivals = rows.filter((one) => one.capacity === row.capacity && one.oracle.length === 0);
  return (
    row.oracle.length === 0 && rivals.length > 1 && rivals.every((one) => one.hits <= row.hits)
  );
}
