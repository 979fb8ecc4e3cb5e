import type { RecordedSteps } from '../../cost/calibration/recorded/record.ts';
import {
  type RecordedLog,
  recordedCheck,
  recordedGpus,
  recordedLogs,
  recordedServing,
} from '../../cost/calibration/recorded/recorded.ts';
import { listConstants, type PlacedConstant } from '../../cost/constants.ts';
import { type GpuProfile, gpuProfiles } from '../../cost/gpu-profiles.ts';
import { heldOutMape } from '../../cost/profile-errors.ts';
import { type EngineFit, type EngineProfile, engineProfiles } from '../../cost/profiles.ts';
import { profileConstants } from '../../cost/spec-constants.ts';
import { gpus } from '../../hardware/gpus.ts';
import { hosts } from '../../hardware/hosts.ts';
import { links } from '../../hardware/links.ts';
import { print, printJson, printTable, type TableColumn } from '../terminal.ts';

/** `cost profiles`: every constant with its source, and what each engine's terms leave. */
export function costProfiles({ json }: { json?: boolean }): void {
  if (json) printJson(profilesDocument());
  else printProfiles();
}

const named = ({ path, constant }: PlacedConstant) => ({ name: path, ...constant });

function constantsOf({ constants, variants }: GpuProfile) {
  return [...listConstants(constants), ...listConstants(variants, 'variant')].map(named);
}

/** Terms, kernels of its own and what else an engine has, as constants. */
function termsOf(profile: EngineProfile) {
  const { name, kernels = {}, firstLengthMs } = profile;
  const path = `profile.${name}`;
  return [
    ...profileConstants(profile),
    ...listConstants(kernels, `${path}.kernels`),
    ...(firstLengthMs ? [{ path: `${path}.firstLengthMs`, constant: firstLengthMs }] : []),
  ].map(named);
}

/** Recorded errors of steps of engines that the profile prices. */
function measuredOf({ name }: EngineProfile): RecordedSteps[] {
  return recordedGpus
    .flatMap((gpu) => recordedCheck(gpu).end_to_end)
    .filter(({ own }) => own.profile === name);
}

function profilesDocument() {
  const [a100] = gpuProfiles as readonly [GpuProfile, ...GpuProfile[]];
  return {
    profiles: engineProfiles.map((profile) => ({
      ...profile,
      source: fitLines(profile).join('; '),
      heldOutMape: heldOutMape(profile),
      terms: termsOf(profile),
      logs: recordedLogs
        .map((log) => ({ log, ...recordedServing(log) }))
        .filter(({ system }) => system.profile === profile.name)
        .map(({ log, step_time }) => ({ log, ...step_time })),
      measured: measuredOf(profile).map(({ own, composed, default: _, ...steps }) => ({
        ...steps,
        kernels_alone_mape: composed.mape,
        bias: own.bias,
        mape: own.mape,
        median: own.median,
        p90: own.p90,
        fitted_rows: own.fitted_rows,
      })),
    })),
    gpu: a100.gpu,
    constants: constantsOf(a100),
    gpu_profiles: gpuProfiles.map((profile) => ({
      gpu: profile.gpu,
      fitted_steps: profile.fittedSteps,
      constants: constantsOf(profile),
    })),
    errors: recordedGpus.flatMap((gpu) => recordedCheck(gpu).families),
    gpus,
    hosts,
    links,
  };
}

const right = (...titles: string[]): TableColumn[] =>
  titles.map((title) => ({ title, align: 'right' }));

function printProfiles(): void {
  printTerms();
  for (const profile of engineProfiles) printProfile(profile);
  for (const profile of gpuProfiles) printConstants(profile);
  printLinks();
  print('\nGPUs, hosts and the source of every figure: reprise cost profiles --json');
  print('how errors were measured: reprise calibrate check --help');
}

function printTerms(): void {
  print(
    'Engine profiles: step = max(kernels + all-reduces x skew, launches) + fixed + per sequence',
  );
  print('launches = launch x layers + extra prompt x (prompts - 1)');
  print();
  printTable(
    [
      { title: 'profile' },
      { title: 'phase' },
      ...right('launch ms/layer', 'extra prompt ms', 'skew us', 'fixed ms', 'per sequence ms'),
    ],
    engineProfiles.flatMap((profile) =>
      (['decode', 'prefill'] as const).map((phase, i) => {
        const { launchMsPerLayer, launchMsPerExtraPrompt = 0, ...terms } = profile[phase];
        const { skewUs, fixedMs, perSequenceMs } = terms;
        const values = [launchMsPerLayer, launchMsPerExtraPrompt, skewUs, fixedMs, perSequenceMs];
        return [i === 0 ? profile.name : '', phase, ...values.map(String)];
      }),
    ),
  );
}

function printProfile(profile: EngineProfile): void {
  const { name, title, graphBatches, kernels, firstLengthMs, gpu } = profile;
  print(`\n${name}: ${title}`);
  for (const line of fitLines(profile)) say(line);
  if (gpu !== undefined) say(`measured on: ${gpu}`);
  if (graphBatches !== undefined) {
    say(`decode rounds run as the next graph of: ${graphBatches.join(', ')} sequences`);
  }
  for (const { name: path, value, unit, source } of listConstants(kernels ?? {}).map(named)) {
    say(`kernel of its own: ${path} ${formatConstant(value)} ${unit} (${source})`);
  }
  if (firstLengthMs !== undefined) {
    say(`first prompt of each length: ${firstLengthMs.value} ms (${firstLengthMs.source})`);
  }
  printMeasured(measuredOf(profile));
  for (const log of recordedLogs) printServed(profile, log);
  say(`error of a step that draws of the clock take: ${heldOutMape(profile)} %`);
}

/** Recorded mean errors of steps, those of fits apart. */
function printMeasured(steps: readonly RecordedSteps[]): void {
  for (const phase of [...new Set(steps.map((one) => one.phase))]) {
    for (const fitted of [false, true]) {
      const own = steps.filter((one) => one.phase === phase && one.own.fitted_rows > 0 === fitted);
      if (own.length === 0) continue;
      const means = own.map((one) => one.own.mape);
      const [low, high] = [Math.min(...means).toFixed(1), Math.max(...means).toFixed(1)];
      const rows = own.reduce((sum, one) => sum + one.rows, 0);
      const range = low === high ? `${low} %` : `${low} to ${high} %`;
      const cases = own.length === 1 ? '1 case' : `${own.length} cases`;
      say(
        `checked, ${phase}: ${range} (${cases}, ${rows} steps${fitted ? ', with rows of its fit' : ', none fitted'})`,
      );
    }
  }
}

/** Steps of a logged engine, half of them its fit. */
function printServed({ name }: EngineProfile, log: RecordedLog): void {
  const { system, step_time, scheduling } = recordedServing(log);
  if (system.profile !== name) return;
  const error = `median ${step_time.median_ape.toFixed(1)} %, bias ${step_time.bias.toFixed(1)} %`;
  say(`checked, ${log}: ${error} (${scheduling.steps_measured} steps, the first half fitted)`);
}

/** A line of a profile, broken between words. */
function say(text: string): void {
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > 100) {
      print(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  print(line);
}

function printConstants(profile: GpuProfile): void {
  const sources = [...new Set(constantsOf(profile).map(({ source }) => source))];
  print(`\nKernel constants of the ${profile.gpu} (90 % intervals over whole shapes)\n`);
  printTree(profile.constants, sources);
  for (const [variant, tree] of Object.entries(profile.variants)) {
    print(`\nVariant ${variant} on the ${profile.gpu}\n`);
    printTree(tree, sources);
  }
  print();
  for (const [i, source] of sources.entries()) say(`[${i + 1}] ${source}`);
  const families = recordedGpus
    .flatMap((gpu) => recordedCheck(gpu).families)
    .filter(({ gpu }) => gpu === profile.gpu);
  if (families.length === 0) return;
  print(`\nMeasured errors of these on the ${profile.gpu}, % (some rows are those of the fit)\n`);
  printTable(
    [{ title: 'family' }, ...right('rows', 'bias', 'MAPE', 'median', 'P90')],
    families.map(({ family, rows, bias, mape, median, p90 }) => [
      family,
      String(rows),
      ...[bias, mape, median, p90].map((error) => error.toFixed(1)),
    ]),
  );
}

/** Constants of one tree; sources by number. */
function printTree(tree: object, sources: readonly string[]): void {
  printTable(
    [
      { title: 'constant' },
      ...right('value'),
      { title: 'interval' },
      { title: 'unit' },
      ...right('from'),
    ],
    listConstants(tree)
      .map(named)
      .map(({ name, value, interval, unit, source }) => [
        name,
        formatConstant(value),
        interval ? interval.map(formatConstant).join(' to ') : '',
        unit,
        `[${sources.indexOf(source) + 1}]`,
      ]),
  );
}

function printLinks(): void {
  print('\nLinks\n');
  printTable(
    [{ title: 'link' }, ...right('GB/s', 'start us')],
    links.map(({ name, bytesPerS, startUs }) => [
      name,
      (bytesPerS / 1e9).toFixed(1),
      String(startUs),
    ]),
  );
}

/** Where the terms of an engine come from and what they leave, one line each. */
function fitLines({ fits }: EngineProfile): string[] {
  return (['decode', 'prefill'] as const).flatMap((phase) => {
    const { source, note } = fits[phase];
    return [`${phase}: ${source}${note === undefined ? '' : `; ${note}`}`, fitErrors(fits[phase])];
  });
}

function fitErrors({ kernelsMape, fittedMape, heldOut }: EngineFit): string {
  const points = heldOut?.points == null ? '' : ` (${heldOut.points} points)`;
  const left = heldOut === null ? 'none held out' : `held out ${heldOut.mape} %${points}`;
  return `kernels alone ${kernelsMape} %, with the terms ${fittedMape} %, ${left}`;
}

function formatConstant(value: number): string {
  return value >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
