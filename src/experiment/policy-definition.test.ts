import { describe, expect, it } from 'vitest';
import { checkedDefinition } from './policy-definition.ts';

const whole = {
  kind: 'mine',
  doc: 'what it does',
  source: 'own',
  parameters: {
    bias: { type: 'number', default: 1, min: 0, doc: 'a bias' },
    rule: { type: 'choice', default: 'a', choices: ['a', 'b'], doc: 'a rule' },
  },
  create: () => ({}),
};
const parameter = (change: object) => ({
  ...whole,
  parameters: { bias: { ...whole.parameters.bias, ...change } },
});

const fails = () => {
  throw new Error('lost');
};

describe('checkedDefinition', () => {
  it('takes what definePolicy gives', () => {
    expect(checkedDefinition(whole, 'my.ts')).toBe(whole);
    expect(() => checkedDefinition({ ...whole, oracle: () => ['length'] }, 'my.ts')).not.toThrow();
  });

  it.each([
    ['a function', () => {}, 'no policy definition: function (my.ts)'],
    ['null', null, 'no policy definition: null (my.ts)'],
    ['nothing of it', {}, 'kind, doc, source, parameters, create missing'],
    ['no create', { ...whole, create: undefined }, 'create missing (my.ts): export default define'],
    ['no doc', { ...whole, doc: '' }, 'doc missing'],
    ['an oracle that is a list', { ...whole, oracle: ['length'] }, 'oracle is no function'],
    ['another oracle', { ...whole, oracle: () => ['past'] }, 'oracle says ["past"] (my.ts)'],
    ['an oracle that fails', { ...whole, oracle: fails }, 'the policy fails in oracle (my.ts): lo'],
    ['a wrong type', parameter({ type: 'bool' }), 'unknown type of parameter "bool" (my.ts, param'],
    ['no default', parameter({ default: undefined }), 'no default (my.ts, parameters.bias)'],
    ['a default out of range', parameter({ default: -1 }), 'bias.default): a finite number, at le'],
    ['a parameter without words', parameter({ doc: '' }), 'no doc (my.ts, parameters.bias)'],
    ['a choice without choices', parameter({ type: 'choice' }), 'no choices (my.ts, parameters'],
    ['a parameter kind', { ...whole, parameters: { kind: {} } }, 'a parameter kind (my.ts'],
    ['a number as parameter', { ...whole, parameters: { bias: 3 } }, 'no parameter (my.ts'],
  ])('refuses %s', (_, value, message) => {
    expect(() => checkedDefinition(value, 'my.ts')).toThrow(message);
  });
});
