import type { Command } from 'commander';
import { InputError } from '../../units/input-error.ts';

interface Options {
  runs: string;
  only?: string[];
  output: string;
  title?: string;
  static?: boolean;
  sloTtft?: string;
  sloTpot?: string;
  json?: boolean;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('write one self-contained HTML page about the runs: tables, charts, SQL and data')
    .option('--runs <dir>', 'folder of run folders', 'runs')
    .option('--only <run...>', 'these runs only: ids, beginnings of ids, or labels')
    .option('-o, --output <file>', 'page to write', 'report/index.html')
    .option('--title <title>', 'title of the page')
    .option('--static', 'without scripts: pictures, tables and data alone')
    .option('--slo-ttft <ms>', 'TTFT that a request must meet (default: 2000)')
    .option('--slo-tpot <ms>', 'TPOT that a request must meet (default: 200)')
    .option('--json', 'one JSON document on stdout')
    .action(report);
}

async function report(options: Options): Promise<void> {
  const { buildReport, savePage } = await import('../../report/write-report.ts');
  const { defaultSlo } = await import('../../report/key-figures.ts');
  const { print, printJson } = await import('../terminal.ts');
  const slo = {
    ttftMs: milliseconds('--slo-ttft', options.sloTtft) ?? defaultSlo.ttftMs,
    tpotMs: milliseconds('--slo-tpot', options.sloTpot) ?? defaultSlo.tpotMs,
  };
  const { runs, only, title, output } = options;
  const built = await buildReport({ runs, only, title, slo, still: options.static });
  await savePage(built.html, output);
  const bytes = Buffer.byteLength(built.html);
  if (options.json) {
    return printJson({ file: output, bytes, runs: built.runs, charts: built.charts });
  }
  const size = `${(bytes / 1e6).toFixed(2)} MB`;
  print(`${output}  ${built.runs} runs, ${built.charts} charts, ${size}; opens without a network`);
  print('Next: reprise sql "FROM summary"   or   reprise export trace-events RUN');
}

function milliseconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InputError(`bad ${name} ${text}`, { rule: 'milliseconds, above 0' });
}
