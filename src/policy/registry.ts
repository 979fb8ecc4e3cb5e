import { unknownName } from '../units/nearest.ts';
import { completeParameters, type Parameters, type ParameterValues } from './parameters.ts';

/** Knowledge no deployed system has; every table and chart of the run shows it. */
export type Oracle = 'length' | 'future';

/** A policy as it stands in a registry: its name, its one-line meaning, its parameters. */
export interface PolicyDefinition<T, P extends Parameters = Parameters> {
  readonly kind: string;
  readonly doc: string;
  /** Paper or public code that the rule comes from. */
  readonly source: string;
  readonly parameters: P;
  readonly oracle?: (values: ParameterValues<P>) => readonly Oracle[];
  readonly create: (values: ParameterValues<P>, context: PolicyContext) => T;
  /** Loads what policies of these values need, such as a solver; ends before a replay begins. */
  readonly prepare?: (values: ParameterValues<P>) => Promise<void>;
  /** What a group must have for it: a predictor of lengths, client slots. */
  readonly needs?: (values: ParameterValues<P>) => readonly Need[];
}

export type Need = 'lengths' | 'slots';

/** What a policy may be built from beside its parameters. */
export interface PolicyContext {
  /** Seed of the scenario; policies that draw take a stream of their own name from it. */
  readonly seed: number;
}

/** A policy in a scenario: its kind and the parameters that differ from the defaults. */
export interface PolicySpec {
  readonly kind: string;
  readonly [parameter: string]: unknown;
}

/** All policies of one kind of decision, by name. */
export class Registry<T> {
  readonly title: string;
  readonly #definitions = new Map<string, PolicyDefinition<T>>();
  /** A user's own policies, as far as this thread has loaded them. */
  readonly #loaded = new Map<string, PolicyDefinition<T>>();

  constructor(title: string, definitions: readonly PolicyDefinition<T>[]) {
    this.title = title;
    for (const definition of definitions) this.#definitions.set(definition.kind, definition);
  }

  all(): readonly PolicyDefinition<T>[] {
    return [...this.#definitions.values()];
  }

  /** Takes in a policy that a user's file defines: found by this name from now on, not listed. */
  load(kind: string, definition: PolicyDefinition<T>): void {
    this.#loaded.set(kind, definition);
  }

  isLoaded(kind: string): boolean {
    return this.#loaded.has(kind);
  }

  named(kind: string): PolicyDefinition<T> {
    const definition = this.#definitions.get(kind) ?? this.#loaded.get(kind);
    if (definition === undefined) throw unknownName(this.title, kind, this.#definitions.keys());
    return definition;
  }

  /** The specification with every default filled in. */
  complete(spec: PolicySpec, where: string): PolicySpec {
    const { kind, ...given } = spec;
    const values = completeParameters(this.named(kind).parameters, given, where);
    return { kind, ...values };
  }

  create(spec: PolicySpec, context: PolicyContext): T {
    const { kind, ...values } = this.complete(spec, this.title);
    return this.named(kind).create(values as never, context);
  }

  /** To be awaited before a replay in which policies of that specification decide. */
  async prepare(spec: PolicySpec): Promise<void> {
    const { kind, ...values } = this.complete(spec, this.title);
    await this.named(kind).prepare?.(values as never);
  }

  needsOf(spec: PolicySpec): readonly Need[] {
    const { kind, ...values } = this.complete(spec, this.title);
    return this.named(kind).needs?.(values as never) ?? [];
  }

  oraclesOf(spec: PolicySpec): readonly Oracle[] {
    const { kind, ...values } = this.complete(spec, this.title);
    return this.named(kind).oracle?.(values as never) ?? [];
  }
}

/** Keeps the parameter types of a definition while it enters a registry of mixed ones. */
export function definePolicy<T, P extends Parameters>(
  definition: PolicyDefinition<T, P>,
): PolicyDefinition<T> {
  return definition as unknown as PolicyDefinition<T>;
}
