import type { Command } from 'commander';
import type { RunSummary } from '../../experiment/run-scenario.ts';
import type { TourStop } from '../../experiment/tour.ts';

interface Options {
  out: string;
  report: string;
  json?: boolean;
}

export function addStart(program: Command): void {
  program
    .command('start')
    .description('replay the shipped traces on A100 systems and write the report (npm start)')
    .option('--out <dir>', 'folder of run folders', 'runs')
    .option('--report <file>', 'report page', 'report/index.html')
    .option('--json', 'one JSON document on stdout')
    .action(start);
}

async function start(options: Options): Promise<void> {
  const { tour, traceOf } = await import('../../experiment/tour.ts');
  const { labelOf } = await import('../../experiment/label.ts');
  const { parseScenario } = await import('../../replay/scenario.ts');
  const { loadTrace, runScenario } = await import('../../experiment/run-scenario.ts');
  const { writeReport } = await import('../../report/write-report.ts');
  const { bold, print, printJson, progress } = await import('../terminal.ts');
  const total = tour.reduce((n, stop) => n + stop.scenarios.length, 0);
  const bar = progress('runs', total);
  const results = [];
  let done = 0;
  for (const stop of tour) {
    const trace = traceOf(stop);
    const loaded = await loadTrace(trace);
    const runs: { label: string; summary: RunSummary }[] = [];
    for (const given of stop.scenarios) {
      const scenario = parseScenario({ ...given, trace });
      bar.tick(done, `${trace}: ${labelOf(scenario)}`);
      const summary = await runScenario(scenario, { out: options.out }, loaded);
      runs.push({ label: labelOf(scenario), summary });
      done++;
    }
    bar.end();
    const { kind } = loaded.trace.meta;
    results.push({ trace, kind, question: stop.question, system: stop.system, runs });
    if (!options.json) await printStop(stop, `${trace} (${kind})`, runs);
  }
  const only = results.flatMap((result) => result.runs.map((run) => run.summary.run));
  const report = await writeReport({ runs: options.out, only, output: options.report });
  if (options.json) return printJson({ report, results });
  print(`${bold('Report')}  ${report}`);
  print();
  print(
    'Next: reprise sql "SELECT label, count(*) FROM requests JOIN runs USING (run) GROUP BY 1"',
  );
  print('      reprise traces list          the recorded traces are one fetch away');
  print('      reprise replay --help        your own system on any of them');
}

async function printStop(
  stop: TourStop,
  trace: string,
  runs: readonly { label: string; summary: RunSummary }[],
): Promise<void> {
  const { bold, print, printTable } = await import('../terminal.ts');
  const { formatMs, formatShare } = await import('../../units/format.ts');
  print(bold(stop.question));
  print(`${trace} on ${stop.system}`);
  const cells = runs.map(({ label, summary: s }) => ({
    label,
    numbers: [
      s.ttft_ms.p50,
      s.ttft_ms.p99,
      s.tpot_ms.p50,
      s.tpot_ms.p99,
      s.e2e_ms.mean,
      1000 * s.simulated_s,
    ],
    cached: formatShare(s.cached_tokens / s.input_tokens),
    rate: s.throughput.requests_per_s?.toFixed(2) ?? '-',
    finished: `${s.finished}/${s.requests}`,
  }));
  const best = [0, 1, 2, 3, 4, 5].map((i) =>
    Math.min(...cells.map((row) => row.numbers[i] ?? Number.POSITIVE_INFINITY)),
  );
  const titles = ['system', 'TTFT p50', 'p99', 'TPOT p50', 'p99', 'mean e2e', 'makespan'];
  printTable(
    [...titles, 'req/s', 'cached', 'finished'].map((title, i) => ({
      title,
      align: i === 0 ? 'left' : 'right',
    })),
    cells.map((row) => [
      row.label,
      ...row.numbers.map((ms) => formatMs(ms)),
      row.rate,
      row.cached,
      row.finished,
    ]),
    { bold: (r, c) => c >= 1 && c <= 6 && cells[r]?.numbers[c - 1] === best[c - 1] },
  );
  print();
}
