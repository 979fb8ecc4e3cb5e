import type { Command } from 'commander';
import type { RunSummary } from '../../experiment/run-scenario.ts';
import type { Summary } from '../../units/quantile.ts';

interface Options {
  trace?: string;
  set: string[];
  mode: 'fast' | 'step';
  out: string;
  json?: boolean;
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('replay a trace through the system that a scenario or preset describes')
    .argument('[scenario]', 'scenario.json or a preset (reprise presets)', 'conversation-16xA100')
    .option('--trace <trace>', 'shipped name, fetched name or .arrow file')
    .option(
      '--set <path=value>',
      'change the scenario, a policy by its name: estimator=exact; repeatable',
      collect,
      [],
    )
    .addOption(
      program
        .createOption('--mode <mode>', 'fast: exact fast-forward; step: every round, checked')
        .choices(['fast', 'step'])
        .default('fast'),
    )
    .option('--out <dir>', 'folder of run folders', 'runs')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
Examples:
  reprise replay conversation-16xA100 --trace kimi-like
  reprise replay conversation-16xA100 --trace kimi-like --set instances=8 --set scheduler=prefill-first
  reprise replay conversation-16xA100 --trace kimi-like --set groups.0.prefixCache.kind=lru
  reprise replay my-scenario.json --mode step --json`,
    )
    .action(replay);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function replay(name: string, options: Options): Promise<void> {
  const { readScenario } = await import('../scenario-argument.ts');
  const { runScenario } = await import('../../experiment/run-scenario.ts');
  const { printJson, progress } = await import('../terminal.ts');
  const scenario = await readScenario(name, options.set, options.trace);
  const bar = { line: undefined as ReturnType<typeof progress> | undefined };
  const summary = await runScenario(scenario, {
    mode: options.mode,
    out: options.out,
    onProgress: (ended, of) => {
      bar.line ??= progress('requests', of);
      bar.line.tick(ended);
    },
  });
  bar.line?.end();
  if (options.json) printJson(summary);
  else await printSummary(summary, options);
}

async function printSummary(summary: RunSummary, { out }: Options): Promise<void> {
  const { bold, print, printTable } = await import('../terminal.ts');
  const { formatMs, formatShare } = await import('../../units/format.ts');
  const s = summary;
  const exact = new Intl.NumberFormat('en-US');
  print(`${bold('run')} ${s.run}  (${out}/${s.run})`);
  const ends = `${s.rejected} rejected, ${s.cancelled} cancelled, ${s.unfinished} unfinished`;
  print(`${exact.format(s.requests)} requests: ${exact.format(s.finished)} finished, ${ends}`);
  const rates = s.throughput;
  print(
    `${s.simulated_s.toFixed(1)} s simulated in ${s.wall_s.toFixed(2)} s, ` +
      `${exact.format(s.steps)} steps, ${s.preemptions} preemptions`,
  );
  print(
    `${rates.requests_per_s?.toFixed(2) ?? '-'} requests/s, ` +
      `${rates.output_tokens_per_s?.toFixed(0) ?? '-'} output tokens/s, ` +
      `${formatShare(s.cached_tokens / s.input_tokens)} of prompt tokens from the prefix cache`,
  );
  print();
  const row = (title: string, x: Summary) => [
    title,
    ...[x.mean, x.p50, x.p90, x.p95, x.p99, x.max].map(formatMs),
  ];
  printTable(
    ['', 'mean', 'p50', 'p90', 'p95', 'p99', 'max'].map((title, i) => ({
      title,
      align: i === 0 ? 'left' : 'right',
    })),
    [
      row('TTFT', s.ttft_ms),
      row('TPOT', s.tpot_ms),
      row('ITL', s.itl_ms),
      row('end to end', s.e2e_ms),
    ],
  );
  if (s.causality_violations > 0) {
    print();
    print(`turns that arrived before the turn they continue had ended: ${s.causality_violations}`);
    print('(open arrivals; --set arrivals.mode=session lets them wait).');
  }
  print();
  print(`Next: reprise sql "FROM requests WHERE run = '${s.run}' LIMIT 5"   or   reprise report`);
}
