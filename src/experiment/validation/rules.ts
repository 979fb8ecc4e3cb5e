import { parseScenario, type Scenario } from '../../replay/scenario.ts';
import { unknownName } from '../../units/nearest.ts';
import type { LoggedSystem } from './logged-system.ts';

/** The rules of the logged engines, by the names that logs go under. */
export const ruleNames = ['chunked-2048', 'chunked-512', 'prefill-first'] as const;

/** Limits of the logged engine beside its rules. */
export interface EngineLimits {
  /** Sequences at once. */
  readonly sequences: number;
  /** KV pages, and tokens of each. */
  readonly pages: number;
  readonly pageTokens: number;
}

/** Those of the engine that served the H200 logs. */
export const defaultLimits: EngineLimits = { sequences: 128, pages: 4599, pageTokens: 128 };

/** Prompt tokens of one step of whole prompts. */
const wholePromptTokens = 8192;

/**
 * The scheduler of a rule. `chunked-N`: all decodes, then unfinished prompts, then new ones, N
 * tokens in all. `prefill-first`: a step of whole prompts, up to 8,192 tokens, before any decode.
 * Pages for prompt and output are set aside at admission.
 * @throws InputError for any other name
 */
export function schedulerOf(rules: string, { sequences }: EngineLimits = defaultLimits) {
  const common = { maxSequences: sequences, reserve: 'sequence' } as const;
  const budget = /^chunked-([1-9]\d{0,6})$/.exec(rules)?.[1];
  if (budget !== undefined) return { kind: 'chunked-prefill', budget: Number(budget), ...common };
  if (rules === 'prefill-first') {
    return { kind: 'prefill-first', maxBatchedTokens: wholePromptTokens, ...common };
  }
  throw unknownName('rules', rules, ruleNames);
}

/** One instance under these rules, as a scenario; whoever replays it brings the clock. */
export function scenarioOf(
  rules: string,
  { model, gpu, tp }: Pick<LoggedSystem, 'model' | 'gpu' | 'tp'>,
  limits: EngineLimits = defaultLimits,
): Scenario {
  const { pages, pageTokens } = limits;
  return parseScenario({
    groups: [
      {
        model,
        gpu,
        tp,
        scheduler: schedulerOf(rules, limits),
        kv: { capacityTokens: pages * pageTokens, blockSize: pageTokens },
      },
    ],
  });
}
