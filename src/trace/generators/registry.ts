import { unknownName } from '../../units/nearest.ts';
import type { RequestTrace } from '../request-trace.ts';
import { arxivLike } from './arxiv-like.ts';
import type { GenerateOptions, TraceGenerator } from './generator.ts';
import { levalLike } from './leval-like.ts';
import { valuesOf } from './parameters.ts';
import { simulated, simulatedLengths } from './simulated.ts';
import { toolagentLike } from './toolagent-like.ts';

/** Every generator by name, those of the traces that ship first. */
export const traceGenerators: Readonly<Record<string, TraceGenerator>> = {
  'kimi-like': withoutParameters('kimi-like', {
    about: 'chat sessions, fitted to the Mooncake conversation trace; ships',
    requests: 12_031,
    generate: async (options) => (await import('./kimi-like.ts')).generateKimiLike(options),
  }),
  multimodal: withoutParameters('multimodal', {
    about: 'image and text requests, fitted to alibaba/ServeGen; ships',
    requests: 15_318,
    generate: async (options) => (await import('./multimodal.ts')).generateMultimodal(options),
  }),
  gsm8k: withoutParameters('gsm8k', {
    about: 'maths questions, measured (needs their text: fetch gsm8k-test); ships',
    requests: null,
    generate: async (options) => (await import('./gsm8k.ts')).generateGsm8k(options),
  }),
  'arxiv-like': arxivLike,
  'leval-like': levalLike,
  simulated,
  ...simulatedLengths,
  'toolagent-like': toolagentLike,
};

/**
 * A trace made anew: same options, same bytes.
 * @throws InputError for an unknown generator or parameter, or a value out of range
 */
export async function generateTrace(
  name: string,
  options: GenerateOptions = {},
): Promise<RequestTrace> {
  if (!Object.hasOwn(traceGenerators, name)) {
    throw unknownName('generator', name, Object.keys(traceGenerators));
  }
  return (traceGenerators[name] as TraceGenerator).generate(options);
}

function withoutParameters(
  name: string,
  generator: Omit<TraceGenerator, 'parameters'>,
): TraceGenerator {
  return {
    ...generator,
    parameters: {},
    generate({ set, ...options }) {
      valuesOf(name, {}, set);
      return generator.generate(options);
    },
  };
}
