import { InputError } from '../../units/input-error.ts';
import { unknownName } from '../../units/nearest.ts';
import type { AbsoluteSlo } from '../define.ts';

/** What a search optimises: an SQL expression over a row of `runs`. */
export interface Objective {
  readonly direction: 'min' | 'max';
  readonly expression: string;
}

const rule = 'min:EXPRESSION or max:EXPRESSION over columns of runs, such as min:ttft_p99_ms';

/** @param text `min:ttft_p99_ms` or `max:requests_per_s / gpus` */
export function parseObjective(text: string): Objective {
  const [, direction, expression = ''] = /^\s*(\w+)\s*:([\s\S]*)$/.exec(text) ?? [];
  if (direction === undefined || expression.trim() === '') {
    throw new InputError(`objective ${JSON.stringify(text)}`, { where: '--objective', rule });
  }
  if (direction !== 'min' && direction !== 'max') {
    throw unknownName('direction', direction, ['min', 'max']).within('--objective');
  }
  return { direction, expression: expression.trim() };
}

const limits = { ttft: 'ttftMs', tpot: 'tpotMs', e2e: 'e2eMs', gap: 'gapMs' } as const;

/** @param text `ttft=500,tpot=50`, in milliseconds; also `e2e` and `gap` (a request's longest) */
export function parseSlo(text: string): AbsoluteSlo {
  const slo: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [name = '', value = '', ...more] = part.split('=').map((word) => word.trim());
    if (!Object.hasOwn(limits, name)) {
      throw unknownName('SLO', name, Object.keys(limits)).within('--slo');
    }
    const ms = Number(value);
    if (value === '' || more.length > 0 || !(ms > 0)) {
      const what = `bad SLO ${JSON.stringify(part)}`;
      throw new InputError(what, { where: '--slo', rule: 'NAME=MILLISECONDS, such as ttft=500' });
    }
    slo[limits[name as keyof typeof limits]] = ms;
  }
  return slo;
}
