import type { Command } from 'commander';
import type { Slo } from '../../report/key-figures.ts';
import { InputError } from '../../units/input-error.ts';

interface Options {
  runs: string;
  experiments?: string[];
  only?: string[];
  output: string;
  single?: string;
  title?: string;
  static?: boolean;
  sloTtft?: string;
  sloTpot?: string;
  json?: boolean;
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('write pages about the runs: overview, experiments, scorecard, traces, cost model')
    .option('--runs <dir>', 'folder of run folders', 'runs')
    .option(
      '--experiments <path...>',
      'experiments to show: folders or files (default: those of experiments/ that have runs)',
    )
    .option('-o, --output <dir>', 'folder to write, or its index.html', 'report')
    .option('--single <file>', 'one self-contained page of the runs alone, and nothing else')
    .option('--only <run...>', 'of runs of no experiment these: ids, beginnings of ids, or labels')
    .option('--title <title>', 'title of the site')
    .option('--static', 'without scripts: pictures, tables and data alone')
    .option('--slo-ttft <ms>', 'TTFT that a request must meet (default: 2000)')
    .option('--slo-tpot <ms>', 'TPOT that a request must meet (default: 200)')
    .option('--json', 'one JSON document on stdout')
    .action(report);
}

async function report(options: Options): Promise<void> {
  if (options.single !== undefined) return writeSingle(options, options.single);
  const { writeSite } = await import('../../report/site/write-site.ts');
  const { counted } = await import('../../report/sections/section.ts');
  const { note, print, printJson } = await import('../terminal.ts');
  const { chosenExperiments } = await import('../report-experiments.ts');
  const { runs, only, title, output, static: still } = options;
  const { experiments, scorecard, notes } = await chosenExperiments(runs, options.experiments);
  const slo = await objectiveOf(options);
  const site = await writeSite({
    ...{ runs, experiments, scorecard, only, title, still, slo, output, notes },
  });
  const { index: file, pages, bytes, charts } = site;
  for (const line of notes) note(line);
  if (options.json) {
    return printJson({
      file,
      bytes,
      pages,
      experiments: site.experiments,
      runs: site.runs,
      charts,
    });
  }
  const size = `${(bytes / 1e6).toFixed(2)} MB`;
  const parts = [
    counted(pages.length, 'page'),
    counted(site.experiments, 'experiment'),
    counted(site.runs, 'run'),
    counted(charts, 'chart'),
    size,
  ];
  print(`${file}  ${parts.join(', ')}; opens without a network`);
  print('Next: reprise sql "FROM summary"   or   reprise scorecard');
}

/** One page of the runs alone, in one file. */
async function writeSingle(options: Options, output: string): Promise<void> {
  const { writeReport } = await import('../../report/write-report.ts');
  const { counted } = await import('../../report/sections/section.ts');
  const { print, printJson } = await import('../terminal.ts');
  const { runs, only, title, static: still } = options;
  const slo = await objectiveOf(options);
  const built = await writeReport({ runs, only, title, slo, still, output });
  const { charts, bytes } = built;
  if (options.json) return printJson({ file: output, bytes, runs: built.runs, charts });
  const size = `${(bytes / 1e6).toFixed(2)} MB`;
  const counts = `${counted(built.runs, 'run')}, ${counted(charts, 'chart')}, ${size}`;
  print(`${output}  ${counts}; opens without a network`);
  print('Next: reprise sql "FROM summary"   or   reprise export trace-events RUN');
}

/** The objective of pages that set none. */
async function objectiveOf({ sloTtft, sloTpot }: Options): Promise<Slo> {
  const { defaultSlo } = await import('../../report/key-figures.ts');
  return {
    ttftMs: milliseconds('--slo-ttft', sloTtft) ?? defaultSlo.ttftMs,
    tpotMs: milliseconds('--slo-tpot', sloTpot) ?? defaultSlo.tpotMs,
  };
}

function milliseconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InputError(`bad ${name} ${text}`, { rule: 'milliseconds, above 0' });
}
