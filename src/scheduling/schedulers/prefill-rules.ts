/** The prefill rules by name, and the parameters that schedulers with a rule share. */
import type { ParameterValues } from '../../policy/parameters.ts';
import type { PrefillRule } from './prefill-rule.ts';
import { ExactRule } from './prefill-rule-exact.ts';
import { prefillFirstRule } from './prefill-rule-first.ts';
import { FixedPartRule } from './prefill-rule-fixed-part.ts';
import { FullCostRule } from './prefill-rule-full-cost.ts';
import { SubGradientRule } from './prefill-rule-sub-gradient.ts';

const rule = {
  type: 'choice',
  default: 'prefill-first',
  choices: ['prefill-first', 'full-cost', 'fixed-part', 'exact', 'sub-gradient'],
  doc: 'when decoding stops for a prefill stage',
} as const;

/**
 * The prices default to the 5 ms member of a family of profiles that gives the totals of arXiv
 * 2502.15763 (201.00 s for first come, first served; a bound of 180.30 s): a calibration.
 */
export const prefillRuleParameters = {
  rule,
  roundMs: {
    type: 'number',
    default: 29.3214,
    min: 0,
    unit: 'ms',
    doc: 'a: price of a decode round, fixed part',
  },
  perSequenceMs: {
    type: 'number',
    default: 0.22692,
    min: 0,
    unit: 'ms',
    doc: 'b: price of a decode round for each request in it',
  },
  prefillBatchMs: {
    type: 'number',
    default: 5,
    min: 0,
    unit: 'ms',
    doc: 'p0: price of a prefill stage, fixed part',
  },
  prefillTokenMs: {
    type: 'number',
    default: 0.115,
    min: 0,
    unit: 'ms',
    doc: 'p1: price of a prefill stage for each prompt token (full-cost)',
  },
  meanPromptTokens: {
    type: 'number',
    default: 0,
    min: 0,
    unit: 'tokens',
    doc: 'prompt tokens that full-cost counts for each idle slot; 0: the prompts that would start',
  },
  step: {
    type: 'number',
    default: 1,
    min: 0,
    doc: 'sub-gradient: change of the multiplier for each unit of idle share off the target',
  },
  idleTarget: {
    type: 'number',
    default: 0.01,
    min: 0,
    max: 1,
    doc: 'sub-gradient: share of slot-rounds that may be idle while requests wait',
  },
} as const;

/** The same parameters with another default rule. */
export function prefillRuleParametersWith<const R extends string>(defaultRule: R) {
  return { ...prefillRuleParameters, rule: { ...rule, default: defaultRule } } as const;
}

export function prefillRule(values: ParameterValues<typeof prefillRuleParameters>): PrefillRule {
  switch (values.rule) {
    case 'full-cost':
      return new FullCostRule(values, values.meanPromptTokens);
    case 'fixed-part':
      return new FixedPartRule(values);
    case 'exact':
      return new ExactRule(values);
    case 'sub-gradient':
      return new SubGradientRule(values, values.step, values.idleTarget);
    default:
      return prefillFirstRule;
  }
}
