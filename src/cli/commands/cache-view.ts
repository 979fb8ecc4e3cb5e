import type { BlockStream } from '../../replay/cache/block-stream.ts';
import { formatCount, formatShare } from '../../units/format.ts';
import { bold, dim, print, printTable } from '../terminal.ts';
import type { CacheRow } from './cache.ts';

/** A table of policies and capacities; the best of each capacity that foresees nothing is bold. */
export function printCache(
  rows: readonly CacheRow[],
  stream: BlockStream,
  { trace, rule, nodes, routing }: { trace: string; rule: string; nodes: number; routing: string },
): void {
  const { references, blocks, blockTokens } = stream;
  print(`${bold('cache')} of ${trace}: ${formatCount(references)} references, ${sizeText()}`);
  print(nodes === 1 ? `rule ${rule}` : `rule ${rule}, ${nodes} nodes, ${routing}`);
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
      right('ms'),
    ],
    rows.map((row) => [
      row.policy + (row.oracle.length > 0 ? ` [oracle: ${row.oracle.join(', ')}]` : ''),
      Number.isFinite(row.capacity) ? row.capacity.toLocaleString('en') : 'inf',
      row.hits.toLocaleString('en'),
      formatShare(references === 0 ? 0 : row.hits / references),
      row.saved === null ? '-' : formatShare(row.saved.tokenRatio),
      row.saved === null ? '-' : formatShare(row.saved.prefillRatio),
      row.wallMs.toFixed(1),
    ]),
    { bold: (index) => isBest(rows[index] as CacheRow, rows) },
  );
  print();
  if (blockTokens !== null) {
    print(dim('Prefill time: of a 70B model, whose attention is half of it at 150 k tokens.'));
  }
  print('Next: reprise policies cache   or   reprise cache … --policy min --capacity inf');

  function sizeText(): string {
    const size = blockTokens === null ? '' : ` of ${blockTokens} tokens`;
    return `${formatCount(blocks)} blocks${size}`;
  }
}

function isBest(row: CacheRow, rows: readonly CacheRow[]): boolean {
  const rivals = rows.filter((one) => one.capacity === row.capacity && one.oracle.length === 0);
  return (
    row.oracle.length === 0 && rivals.length > 1 && rivals.every((one) => one.hits <= row.hits)
  );
}
