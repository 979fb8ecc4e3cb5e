import { styleText } from 'node:util';

/** One JSON document on stdout: what `--json` promises. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A line on stdout. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A line on stderr: progress and remarks, never results. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

const coloured = () => process.stdout.isTTY === true && !process.env.NO_COLOR;

export function bold(text: string): string {
  return coloured() ? styleText('bold', text) : text;
}

export function dim(text: string): string {
  return coloured() ? styleText('dim', text) : text;
}

export interface TableColumn {
  title: string;
  align?: 'left' | 'right';
}

/** An aligned table; numbers go right, the cells that `options.bold` names stand out. */
export function printTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  options: { bold?: (row: number, column: number) => boolean } = {},
): void {
  const widths = columns.map((column, c) =>
    Math.max(column.title.length, ...rows.map((row) => (row[c] ?? '').length)),
  );
  const cell = (text: string, c: number) => {
    const width = widths[c] as number;
    return columns[c]?.align === 'right' ? text.padStart(width) : text.padEnd(width);
  };
  print(
    dim(
      columns
        .map((column, c) => cell(column.title, c))
        .join('  ')
        .trimEnd(),
    ),
  );
  for (const [r, row] of rows.entries()) {
    const cells = columns.map((_, c) => {
      const text = cell(row[c] ?? '', c);
      return options.bold?.(r, c) ? bold(text) : text;
    });
    print(cells.join('  ').trimEnd());
  }
}

/** Values as a line of eight block heights, lowest to highest. */
export function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite, 0);
  const span = Math.max(...finite) - low || 1;
  const bars = '▁▂▃▄▅▆▇█';
  return values
    .map((v) => (Number.isFinite(v) ? bars[Math.min(7, Math.floor((8 * (v - low)) / span))] : ' '))
    .join('');
}

/** A progress line on stderr, drawn over itself; silent unless stderr is a terminal. */
export function progress(label: string, total: number) {
  const shown = process.stderr.isTTY === true;
  const started = Date.now();
  let drawn = 0;
  return {
    tick(done: number, detail = ''): void {
      const now = Date.now();
      if (!shown || (now - drawn < 100 && done < total)) return;
      drawn = now;
      const left = done > 0 ? ((now - started) / done) * (total - done) : Number.NaN;
      const eta = Number.isFinite(left) ? `, ${Math.ceil(left / 1000)} s left` : '';
      process.stderr.write(`\r\u001b[K${label} ${done}/${total}${eta} ${detail}`.slice(0, 110));
    },
    end(): void {
      if (shown) process.stderr.write('\r\u001b[K');
    },
  };
}
