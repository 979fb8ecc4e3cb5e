import type { Command } from 'commander';
import type { Capacity, CapacityOptions } from '../../experiment/capacity/find-capacities.ts';
import type { CapacitySpec, Experiment } from '../../experiment/define.ts';
import { InputError } from '../../units/input-error.ts';
import { wholeNumber } from '../number-options.ts';

interface Options {
  trace?: string;
  rates: number[];
  slo: string;
  attainment: number;
  confidence: number;
  bisections: number;
  seeds?: number[];
  set: string[];
  out: string;
  workers?: number;
  json?: boolean;
}

export function addCapacity(program: Command): void {
  program
    .command('capacity')
    .description('highest request rate that a system carries within its SLOs')
    .argument('[scenario]', 'scenario.json or a preset (reprise presets)', 'conversation-16xA100')
    .requiredOption('--rates <list>', 'rate factors to try, rising: 0.5,1,2,4', numbers('--rates'))
    .requiredOption('--slo <limits>', 'ttft=2000,tpot=100, also e2e, gap (longest gap); ms')
    .option('--trace <trace>', 'shipped name, fetched name or .arrow file')
    .option(
      '--attainment <share>',
      'share of arrivals that must meet the SLOs',
      number('--attainment'),
      0.9,
    )
    .option(
      '--confidence <share>',
      'of the lower limit of attainment',
      number('--confidence'),
      0.95,
    )
    .option('--bisections <n>', 'halvings of the last crossing', wholeNumber('--bisections', 0), 0)
    .option('--seeds <list>', 'scenario seeds to run each rate with: 1,2,3', numbers('--seeds'))
    .option(
      '--set <path=value>',
      'change the scenario, a policy by its name: estimator=exact; repeatable',
      collect,
      [],
    )
    .option('--out <dir>', 'folder of run folders', 'runs')
    .option('--workers <n>', 'worker threads (default: one per core)', wholeNumber('--workers'))
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
A rate passes if the lower confidence limit of attainment is at least the target; rejected,
cancelled and unfinished requests are misses. Rates that were run before are not run again.

Examples:
  reprise capacity multimodal-8xA100 --rates 8,16,32 --slo ttft=2000,tpot=100 --bisections 3
  reprise capacity conversation-16xA100 --trace kimi-like --rates 0.5,1,2 --slo ttft=10000,tpot=100 \\
    --set groups.0.prefixCache.kind=lru`,
    )
    .action(capacity);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function number(flag: string): (text: string) => number {
  return (text) => numbers(flag)(text)[0] as number;
}

function numbers(flag: string): (text: string) => number[] {
  return (text) =>
    text.split(',').map((part) => {
      const value = part.trim() === '' ? Number.NaN : Number(part);
      if (Number.isFinite(value)) return value;
      throw new InputError(`invalid number ${JSON.stringify(part)}`, { where: flag });
    });
}

async function capacity(name: string, options: Options): Promise<void> {
  const { readScenario } = await import('../scenario-argument.ts');
  const { parseSlo } = await import('../../experiment/slo.ts');
  const { printJson } = await import('../terminal.ts');
  const { rates, attainment, confidence, bisections, seeds, trace } = options;
  const slo = parseSlo(options.slo);
  const scenario = await readScenario(name, options.set, trace);
  if ((scenario as { trace?: unknown }).trace === undefined) {
    throw new InputError('the scenario names no trace', { where: 'trace', rule: 'give --trace' });
  }
  const spec: CapacitySpec = { name, rates, slo, attainment, confidence, bisections };
  const experiment: Experiment = {
    paper: 'capacity',
    name,
    question: 'what load does the system carry?',
    scenarios: {
      list: { base: scenario as object, cells: { [name]: {} } },
      ...(seeds && { seeds }),
    },
    capacities: [spec],
  };
  const [found] = (await find(experiment, options)) as [Capacity];
  if (options.json) return printJson(capacityJson(found));
  const { printCapacity } = await import('./capacity-view.ts');
  printCapacity(found, { scenario: name, trace, out: options.out });
}

async function find(
  experiment: Experiment,
  { out, workers }: Pick<CapacityOptions, 'out' | 'workers'>,
): Promise<Capacity[]> {
  const { findCapacities } = await import('../../experiment/capacity/find-capacities.ts');
  const { planExperiment, TraceShelf } = await import('../../experiment/plan.ts');
  const { progress } = await import('../terminal.ts');
  const traces = new TraceShelf();
  const plans = await planExperiment(experiment, traces);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted; run again to go on'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let bar: ReturnType<typeof progress> | undefined;
  try {
    return await findCapacities(experiment, plans, {
      out,
      traces,
      workers,
      signal: interrupt.signal,
      onRun: ({ done, of, plan }) => {
        if (done === 1) bar = progress('runs', of);
        bar?.tick(done, plan.cell);
      },
    });
  } finally {
    bar?.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function capacityJson({ factors, basePerS, gpus, ...one }: Capacity) {
  const perS = (factor: number | undefined) => (factor === undefined ? null : factor * basePerS);
  const perGpu = (factor: number | undefined) =>
    factor === undefined ? null : (factor * basePerS) / gpus;
  return {
    slo: one.slo,
    attainment_target: one.target,
    confidence: one.confidence,
    seeds: one.seeds,
    seeds_alike: one.seedsAlike,
    gpus,
    trace_requests_per_s: basePerS,
    capacity_grid: perS(factors?.grid),
    capacity_interpolated: perS(factors?.interpolated),
    capacity_grid_per_gpu: perGpu(factors?.grid),
    capacity_interpolated_per_gpu: perGpu(factors?.interpolated),
    grid_factor: factors?.grid ?? null,
    interpolated_factor: factors?.interpolated ?? null,
    at_least: factors?.atLeast ?? null,
    monotone: factors?.monotone ?? null,
    reason: factors?.reason ?? null,
    points: one.points.map(({ factor, ratePerS, by, lowerLimit, seedsAlike, ...point }) => ({
      rate_factor: factor,
      rate_per_s: ratePerS,
      tried_by: by,
      lower_limit: lowerLimit,
      seeds_alike: seedsAlike,
      ...point,
    })),
  };
}
