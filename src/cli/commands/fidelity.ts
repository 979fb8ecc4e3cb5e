import type { Command } from 'commander';
import type { FidelityRow } from '../../experiment/fidelity-row.ts';

export function addFidelity(program: Command): void {
  program
    .command('fidelity')
    .description('a generated trace against its original; exit code 1 when a fitted figure misses')
    .argument('<name>', 'kimi-like or multimodal')
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, options: { json?: boolean }) => {
      const { checkFidelity } = await import('../../experiment/fidelity.ts');
      const { bold, dim, print, printJson, printTable } = await import('../terminal.ts');
      const report = await checkFidelity(name);
      if (!report.ok) process.exitCode = 1;
      if (options.json) return printJson(report);
      print(`${bold(name)} against the ${report.original}`);
      print(dim(report.originalFile ?? 'file not at hand: against its published aggregates'));
      for (const fitted of [true, false]) {
        const rows = report.rows.filter((row) => row.fitted === fitted);
        const missed = rows.filter((row) => !row.ok).length;
        print();
        print(bold(fitted ? 'Fitted' : 'Not fitted'));
        printTable(columns, rows.map(cells), { bold: (row) => rows[row]?.ok === false });
        print(`${rows.length - missed} of ${rows.length} within tolerance`);
      }
      print();
      print(`Next: reprise traces show ${name}`);
    });
}

const columns = [
  { title: 'statistic' },
  { title: 'generated', align: 'right' },
  { title: 'original', align: 'right' },
  { title: 'unit' },
  { title: 'difference', align: 'right' },
  { title: 'tolerance', align: 'right' },
  { title: '' },
] as const;

function cells(row: FidelityRow): string[] {
  const points = row.unit === 'ratio';
  const share = (value: number) => `${(100 * value).toFixed(1)} ${points ? 'pt' : '%'}`;
  const value = (x: number) => (points ? x.toFixed(4) : String(Number(x.toPrecision(5))));
  return [
    row.statistic,
    value(row.generated),
    value(row.original),
    row.unit,
    (row.difference > 0 ? '+' : '') + share(row.difference),
    share(row.tolerance),
    row.ok ? '' : 'miss',
  ];
}
