import { InputError } from '../../units/input-error.ts';
import { RandomStream } from '../../units/random.ts';
import { newTrace, type TraceParts } from '../new-trace.ts';
import type { RequestTrace } from '../request-trace.ts';
import { type Parameters, provenanceText, type Values, valuesOf } from './parameters.ts';

/** What every generator takes; each has defaults. */
export interface GenerateOptions {
  /** 32-bit integer; same seed, same trace. */
  seed?: number;
  requests?: number;
  /** Values of the generator's own parameters, by name. */
  set?: Readonly<Record<string, number>>;
}

/** A generator of traces, as the command line lists and runs it. */
export interface TraceGenerator {
  /** One line. */
  readonly about: string;
  /** Default number of requests; null where the source fixes it. */
  readonly requests: number | null;
  readonly parameters: Parameters;
  generate(options: GenerateOptions): RequestTrace | Promise<RequestTrace>;
}

interface Recipe<P extends Parameters> {
  readonly about: string;
  readonly requests: number;
  readonly parameters: P;
  /** Paper, section and table. */
  readonly source: string;
  /** The rule and its assumptions, beyond what the parameters say. */
  readonly rule: string;
  /** Name of the trace, where it is not the generator's. */
  readonly traceName?: (values: Values<P>) => string;
  /** Columns of the trace. */
  readonly columns: (values: Values<P>, requests: number, random: RandomStream) => TraceParts;
}

/** A generator whose parameters are numbers, with its sources in the metadata of what it makes. */
export function defineGenerator<P extends Parameters>(
  name: string,
  { about, requests: usual, parameters, source, rule, traceName, columns }: Recipe<P>,
): TraceGenerator {
  return {
    about,
    requests: usual,
    parameters,
    generate({ seed = 1, requests = usual, set = {} }) {
      requireWhole('seed', seed, 0);
      requireWhole('requests', requests, 1);
      const values = valuesOf(name, parameters, set);
      return newTrace({
        name: traceName?.(values) ?? name,
        kind: 'generated',
        licence: 'MIT',
        importer: `generate ${name}`,
        importOptions: { requests, ...values },
        seed,
        notes: `Generated after ${source}. ${provenanceText(parameters, values)} ${rule}`,
        ...columns(values, requests, new RandomStream(seed, name)),
      });
    },
  };
}

function requireWhole(what: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InputError(`invalid ${what}: ${value}`, { rule: `a whole number from ${least}` });
}
