import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';

/** Latency targets in milliseconds; a target that is left out holds for every request. */
export interface Slos {
  readonly ttft?: number;
  readonly tpot?: number;
  readonly e2e?: number;
}

const names = ['ttft', 'tpot', 'e2e'] as const;

/**
 * Targets as a command line writes them, such as `ttft=500,tpot=50`.
 * @throws InputError for an unknown or repeated name, or a value that is no number of milliseconds
 */
export function parseSlos(text: string): Slos {
  const slos: { -readonly [K in keyof Slos]: number } = {};
  const rule = 'NAME=MILLISECONDS, comma between, such as ttft=500,tpot=50';
  for (const part of text.split(',')) {
    const [given, value, ...rest] = part.split('=').map((word) => word.trim());
    if (!given || !value || rest.length > 0) {
      throw new InputError(`${JSON.stringify(part)} is no target`, { where: '--slo', rule });
    }
    const name = names.find((one) => one === given);
    if (name === undefined) throw unknownName('target', given, names);
    if (slos[name] !== undefined) {
      throw new InputError(`${name} is given twice`, { where: '--slo', rule: 'one target each' });
    }
    const ms = Number(value);
    if (!(ms > 0 && Number.isFinite(ms))) {
      const wanted = 'a number of milliseconds above 0';
      throw new InputError(`${value} is no target for ${name}`, { where: '--slo', rule: wanted });
    }
    slos[name] = ms;
  }
  return slos;
}
