import { describe, expect, it } from 'vitest';
import type { Claim } from './define.ts';
import { parseExperiment } from './experiment-schema.ts';

const claim: Claim = {
  id: 'wait',
  says: 'It waits 100 ms',
  source: { version: 'v1', where: 'Table 1', read: 'printed' },
  kind: 'predicted',
  published: 100,
  unit: 'ms',
  sql: 'SELECT avg(queue_mean_ms) AS replayed FROM runs',
  tolerance: { relative: 0.1, reason: 'a test' },
};
const parse = (changes: Partial<Claim>) =>
  parseExperiment({
    name: 'one',
    paper: 'paper',
    question: 'What?',
    scenarios: { list: { cells: {} } },
    claims: [{ ...claim, ...changes }],
  });
const absolute = { absolute: 1, reason: 'a test' };

describe('the schema of a claim', () => {
  it.each<[string, Partial<Claim>]>([
    ['without a precision', {}],
    ['with a step of its last digit', { precision: 0.1 }],
    ['with a step of a tenth', { precision: 10 }],
    ['with one digit below 1', { published: 0.3, precision: 0.03 }],
    ['below 0', { published: -801.6, precision: 0.1 }],
    ['of 0 within something absolute', { published: 0, precision: 1, tolerance: absolute }],
  ])('takes a figure %s', (_, changes) => {
    expect(parse(changes).claims).toHaveLength(1);
  });

  it.each<[string, Partial<Claim>, string]>([
    ['a precision that swallows the figure', { precision: 200 }, 'claims.0.precision'],
    ['a precision of more than a tenth', { precision: 10.1 }, 'at most 10 %'],
    ['a tolerance relative to 0', { published: 0 }, '(claims.0.tolerance): absolute'],
  ])('refuses %s', (_, changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  it('still names the nearest member', () => {
    expect(() => parse({ tolerence: 1 } as never)).toThrow('did you mean tolerance?');
  });
});
