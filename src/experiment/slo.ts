import type { RequestTrace } from '../trace/request-trace.ts';
import { InputError } from '../units/input-error.ts';
import { unknownName } from '../units/nearest.ts';
import type { AbsoluteSlo, Experiment, SloSpec } from './define.ts';
import { isReplay, type PlannedRun, type TraceShelf } from './plan.ts';
import { type Unloaded, unloadedLatency } from './unloaded.ts';

/** Limits in milliseconds, of all requests alike or by their `slo_class`. */
export type ResolvedSlo =
  | {
      readonly limits: AbsoluteSlo;
      /** What the limits are multiples of. */
      readonly unloaded?: Unloaded;
    }
  | { readonly byClass: Readonly<Record<string, AbsoluteSlo>> };

export type SloResolution =
  | { readonly state: 'resolved'; readonly slo: ResolvedSlo }
  /** The unloaded system has not been run, and was not to be run. */
  | { readonly state: 'missing'; readonly missing: readonly PlannedRun[] };

export interface SloContext {
  readonly experiment: Experiment;
  readonly plans: readonly PlannedRun[];
  /** Folder of run folders. */
  readonly out: string;
  readonly traces: TraceShelf;
  readonly workers?: number | undefined;
  /** Reports missing runs instead of running them. */
  readonly noRun?: boolean | undefined;
}

/**
 * The absolute limits of an SLO. A multiple runs its system unloaded (unloaded.ts).
 * @throws InputError for a limit that is not positive, a class of the traces without limits, or
 *   labels that name no cell
 */
export async function resolveSlo(slo: SloSpec, context: SloContext): Promise<SloResolution> {
  if ('byClass' in slo) {
    for (const limits of Object.values(slo.byClass)) checkLimits(limits);
    for (const name of new Set(context.plans.filter(isReplay).map(({ trace }) => trace))) {
      checkClasses((await context.traces.get(name)).trace, slo.byClass);
    }
    return { state: 'resolved', slo: { byClass: slo.byClass } };
  }
  if (!('multipleOf' in slo)) return { state: 'resolved', slo: { limits: checkLimits(slo) } };
  const { multipleOf, statistic = 'mean', ttft, tpot, e2e } = slo;
  const found = await unloadedLatency(multipleOf, statistic, context);
  if (found.state === 'missing') return found;
  const { unloaded } = found;
  const times = (factor: number | undefined, ms: number | null, metric: string) => {
    if (factor === undefined) return undefined;
    if (ms !== null) return factor * ms;
    const where = `cell ${unloaded.cell}`;
    throw new InputError(`no unloaded ${metric}`, { where, rule: 'a request that has one' });
  };
  const limits = defined({
    ttftMs: times(ttft, unloaded.ttftMs, 'TTFT'),
    tpotMs: times(tpot, unloaded.tpotMs, 'TPOT'),
    e2eMs: times(e2e, unloaded.e2eMs, 'end-to-end time'),
  });
  return { state: 'resolved', slo: { limits: checkLimits(limits), unloaded } };
}

const names = { ttft: 'ttftMs', tpot: 'tpotMs', e2e: 'e2eMs', gap: 'gapMs' } as const;

/**
 * Limits as a command line writes them: `ttft=2000,tpot=100`; also e2e and gap, milliseconds.
 * @throws InputError for an unknown name or a value that is not a positive number
 */
export function parseSlo(text: string): AbsoluteSlo {
  const limits: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=').map((word) => word.trim());
    if (!Object.hasOwn(names, name)) throw unknownName('SLO', name, Object.keys(names));
    limits[names[name as keyof typeof names]] = value === '' ? Number.NaN : Number(value);
  }
  return checkLimits(limits);
}

/** Limits in words: `TTFT <= 2000 ms, TPOT <= 100 ms`. */
export function sloText(slo: ResolvedSlo): string {
  if ('byClass' in slo) {
    const classes = Object.entries(slo.byClass);
    return classes.map(([name, limits]) => `${name}: ${limitsText(limits)}`).join('; ');
  }
  return limitsText(slo.limits);
}

function limitsText(limits: AbsoluteSlo): string {
  const words = { ttftMs: 'TTFT', tpotMs: 'TPOT', e2eMs: 'end to end', gapMs: 'longest gap' };
  return Object.entries(limits)
    .map(([name, ms]) => `${words[name as keyof typeof words]} <= ${Number(ms.toPrecision(4))} ms`)
    .join(', ');
}

function checkLimits(limits: AbsoluteSlo): AbsoluteSlo {
  const given = Object.entries(limits);
  if (given.length === 0) {
    throw new InputError('an SLO without limits', { where: 'slo', rule: 'at least one limit' });
  }
  for (const [name, ms] of given) {
    if (!(ms > 0 && Number.isFinite(ms))) {
      throw new InputError(`limit ${ms}`, { where: `slo.${name}`, rule: 'milliseconds, above 0' });
    }
  }
  return limits;
}

function checkClasses(
  { meta, sloClass, count }: RequestTrace,
  byClass: Readonly<Record<string, AbsoluteSlo>>,
): void {
  const where = `trace ${meta.name}`;
  if (sloClass === null || (count > 0 && sloClass.codes.includes(-1))) {
    const what = sloClass === null ? 'no slo_class' : 'requests without slo_class';
    throw new InputError(what, { where, rule: 'SLOs by class need the class of each request' });
  }
  const used = new Set(sloClass.codes);
  for (const code of used) {
    const name = sloClass.labels[code] as string;
    if (Object.hasOwn(byClass, name)) continue;
    const rule = `limits for each class; given for ${Object.keys(byClass).join(', ') || 'none'}`;
    throw new InputError(`no SLO of class ${JSON.stringify(name)}`, { where, rule });
  }
}

function defined(limits: Readonly<Record<string, number | undefined>>): AbsoluteSlo {
  return Object.fromEntries(Object.entries(limits).filter(([, ms]) => ms !== undefined));
}
