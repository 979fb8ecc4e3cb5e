import type { Command } from 'commander';
import type { StepBreakdown } from '../../cost/breakdown.ts';
import type { StepWork } from '../../cost/work.ts';
import { formatCount, formatMs, formatShare } from '../../units/format.ts';
import { InputError } from '../../units/input-error.ts';
import { note, print, printJson, printTable } from '../terminal.ts';

interface StepOptions {
  model: string;
  gpu: string;
  tp: number;
  prefill: PromptShape[];
  decode?: RoundShape;
  profile?: string;
  variant?: string;
  mhaCap?: boolean;
  json?: boolean;
}

interface PromptShape {
  rows: number;
  cached: number;
}

interface RoundShape {
  sequences: number;
  context: number;
}

export function addCost(program: Command): void {
  const cost = program
    .command('cost')
    .description('what the cost model says of a step, and where its constants come from');
  cost
    .command('step')
    .description('time one step, operation by operation, against the roofline')
    .requiredOption(
      '--model <name>',
      'model, or NAME/tpN for one GPU’s shard without communication',
    )
    .option('--gpu <name>', 'GPU', 'a100-80gb')
    .option('--tp <n>', 'GPUs of the tensor-parallel group', wholeNumber('--tp'), 1)
    .option(
      '--prefill <n[+cached]>',
      'a prompt: new tokens, after cached ones; repeatable',
      addPrompt,
      [],
    )
    .option(
      '--decode <batchxcontext>',
      'decoding sequences x context, with the token processed',
      parseRound,
    )
    .option('--profile <name>', 'engine profile (see cost profiles)')
    .option('--variant <name>', 'attention kernels (see cost profiles)')
    .option('--mha-cap', 'limit the KV rate of few MHA heads, as kernels without split KV do')
    .option('--json', 'one JSON document')
    .action(costStep);
  cost
    .command('profiles')
    .description('engine profiles, kernel constants, GPUs and links, with their sources')
    .option('--json', 'one JSON document')
    .action(async (options: { json?: boolean }) => {
      const { costProfiles } = await import('./cost-profiles.ts');
      costProfiles(options);
    });
}

async function costStep(options: StepOptions): Promise<void> {
  const { breakDown } = await import('../../cost/breakdown.ts');
  const { contextOf } = await import('../../cost/analytic-clock.ts');
  const { defaultProfile, profileNamed } = await import('../../cost/profiles.ts');
  const { addDecodes, addPrefill, newStepWork } = await import('../../cost/work.ts');
  const { model, gpu, tp, variant, mhaCap } = options;
  const profile = profileNamed(options.profile ?? defaultProfile);
  const context = contextOf({
    kind: 'analytic',
    model,
    gpu,
    tp,
    ...(variant !== undefined && { variant }),
    ...(mhaCap !== undefined && { mhaCap }),
  });
  const { prefill, decode } = options;
  if (prefill.length === 0 && decode === undefined) {
    throw new InputError('nothing to time', {
      rule: 'give --prefill N[+CACHED] or --decode BxCONTEXT',
    });
  }
  const work = newStepWork(prefill.length, context.shard.model.layers);
  const segment = work.segments[0] as StepWork['segments'][number];
  for (const { rows, cached } of prefill) addPrefill(segment, rows, rows + cached);
  if (decode) addDecodes(segment, decode.sequences, decode.sequences * decode.context);
  work.sequences = work.logitRows = prefill.length + (decode?.sequences ?? 0);

  const breakdown = breakDown(context, profile, work);
  const { profileOfGpu } = await import('../../cost/gpu-profiles.ts');
  const constantsOf = profileOfGpu(context.kernels.gpu).gpu;
  for (const line of caveats(context.shard.model, context.kernels.gpu.name, constantsOf))
    note(line);
  if (options.json) {
    printJson({
      total_ms: breakdown.totalMs,
      kernels_ms: breakdown.kernelsMs,
      operations: breakdown.operations.map(({ name, calls, ms, rooflineMs }) => ({
        name,
        calls,
        ms,
        roofline_ms: rooflineMs,
      })),
    });
    return;
  }
  print(`${context.shard.model.name} on ${tp} x ${context.kernels.gpu.name}, ${describe(options)}`);
  print();
  printBreakdown(breakdown, profile.name);
}

function printBreakdown({ operations, kernelsMs, totalMs }: StepBreakdown, profile: string): void {
  const roofline = operations.reduce((sum, { rooflineMs }) => sum + rooflineMs, 0);
  const sorted = [...operations].sort((a, b) => b.ms - a.ms);
  const row = (name: string, calls: string, ms: number, rooflineMs: number) => [
    name,
    calls,
    ms.toFixed(3),
    formatShare(ms / kernelsMs),
    rooflineMs.toFixed(3),
    formatShare(rooflineMs / ms),
  ];
  printTable(
    [
      { title: 'operation' },
      { title: 'calls', align: 'right' },
      { title: 'ms', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'roofline ms', align: 'right' },
      { title: 'efficiency', align: 'right' },
    ],
    [
      ...sorted.map((o) => row(o.name, String(o.calls), o.ms, o.rooflineMs)),
      row('kernels', '', kernelsMs, roofline),
    ],
    { bold: (r) => r === sorted.length },
  );
  print();
  const engine = formatMs(totalMs - kernelsMs);
  print(`step ${formatMs(totalMs)}: kernels ${formatMs(kernelsMs)}, engine ${profile} ${engine}`);
  print('next: reprise cost profiles');
}

/** What the calibration does not cover in this step, one line each. */
function caveats(
  model: { latent?: unknown; name: string },
  gpu: string,
  constantsOf: string,
): string[] {
  const lines: string[] = [];
  if (constantsOf === 'a100-80gb' && !/^a[18]00/.test(gpu)) {
    lines.push(`note: constants fitted on the A100; ${gpu} takes the same shares of its own peaks`);
  }
  if (model.latent !== undefined) {
    lines.push(`note: no form was fitted for the latent attention of ${model.name}`);
  }
  return lines;
}

function describe({ prefill, decode }: StepOptions): string {
  const prompts = prefill.map(
    ({ rows, cached }) =>
      `prefill ${formatCount(rows)}${cached > 0 ? ` after ${formatCount(cached)} cached` : ''}`,
  );
  const rounds = decode ? [`decode ${decode.sequences} x ${formatCount(decode.context)}`] : [];
  return [...prompts, ...rounds].join(' + ');
}

function wholeNumber(flag: string): (text: string) => number {
  return (text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) {
      throw new InputError(`${flag} ${JSON.stringify(text)}`, { rule: 'a whole number from 1 on' });
    }
    return Number(text);
  };
}

function addPrompt(text: string, before: PromptShape[]): PromptShape[] {
  const parts = /^([1-9]\d{0,8})(?:\+(\d{1,9}))?$/.exec(text);
  if (parts === null) {
    throw new InputError(`--prefill ${JSON.stringify(text)}`, {
      rule: 'N or N+CACHED in tokens, such as 2048 or 512+8192',
    });
  }
  return [...before, { rows: Number(parts[1]), cached: Number(parts[2] ?? 0) }];
}

function parseRound(text: string): RoundShape {
  const parts = /^([1-9]\d{0,5})x([1-9]\d{0,8})$/i.exec(text);
  if (parts === null) {
    throw new InputError(`--decode ${JSON.stringify(text)}`, {
      rule: 'BxCONTEXT in sequences and tokens, such as 32x4096',
    });
  }
  return { sequences: Number(parts[1]), context: Number(parts[2]) };
}
