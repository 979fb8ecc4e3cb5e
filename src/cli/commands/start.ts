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
  const { loadTrace, runScenario } = await import('../../experiment/run-scenario.ts');
  const { writeReport } = await import('../../report/write-report.ts');
  const { bold, print, printJson, progress } = await import('../terminal.ts');
  const total = tour.reduce((n, stop) => n + Object.keys(stop.scenarios).length, 0);
  const bar = progress('runs', total);
  const results = [];
  let done = 0;
  for (const stop of tour) {
    const trace = traceOf(stop);
    const loaded = await loadTrace(trace);
    const runs: { label: string; summary: RunSummary }[] = [];
    for (const [label, scenario] of Object.entries(stop.scenarios)) {
      bar.tick(done, `${trace}: ${label}`);
      const given = { ...scenario, trace };
      runs.push({ label, summary: await runScenario(given, { out: options.out }, loaded) });
      done++;
    }
    bar.end();
    const { kind } = loaded.trace.meta;
    results.push({ trace, kind, question: stop.question, system: stop.system, runs });
    const generated = Object.keys(loaded.trace.meta.columnKinds).filter((column) => {
      return loaded.trace.meta.columnKinds[column] === 'generated';
    });
    const but = generated.length > 0 ? `, but ${generated.join(', ')} generated` : '';
    if (!options.json) await printStop(stop, `${trace} (${kind}${but})`, runs);
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
  print(`trace   ${trace}`);
  print(`system  ${stop.system}`);
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
  }));
  const best = [0, 1, 2, 3, 4, 5].map((i) =>
    Math.min(...cells.map((row) => row.numbers[i] ?? Number.POSITIVE_INFINITY)),
  );
  const titles = ['system', 'TTFT p50', 'p99', 'TPOT p50', 'p99', 'mean e2e', 'makespan'];
  const cached = runs.some(({ summary }) => summary.cached_tokens > 0);
  printTable(
    [...titles, 'req/s', ...(cached ? ['cached'] : [])].map((title, i) => ({
      title,
      align: i === 0 ? 'left' : 'right',
    })),
    cells.map((row) => [row.label, ...row.numbers.map((ms) => formatMs(ms)), row.rate, row.cached]),
    { bold: (r, c) => c >= 1 && c <= 6 && cells[r]?.numbers[c - 1] === best[c - 1] },
  );
  const short = runs.filter(({ summary }) => summary.finished < summary.requests);
  if (short.length === 0) print(`all ${runs[0]?.summary.requests} requests finished in every run`);
  for (const { label, summary } of short) {
    print(`${label}: ${summary.finished} of ${summary.requests} requests finished`);
  }
  print();
}
