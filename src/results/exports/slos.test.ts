import { describe, expect, it } from 'vitest';
import { parseSlos } from './slos.ts';

describe('targets', () => {
  it('are read as names with milliseconds', () => {
    expect(parseSlos('ttft=500, tpot = 50')).toEqual({ ttft: 500, tpot: 50 });
    expect(parseSlos('e2e=1e4')).toEqual({ e2e: 10_000 });
  });

  it.each([
    ['itl=5', /unknown target "itl": one of ttft, tpot, e2e/],
    ['tppt=5', /unknown target "tppt": did you mean tpot\?/],
    ['ttft', /"ttft" is no target \(--slo\): NAME=MILLISECONDS/],
    ['', /"" is no target/],
    ['ttft=1,', /"" is no target/],
    ['ttft=1=2', /"ttft=1=2" is no target/],
    ['ttft=fast', /fast is no target for ttft \(--slo\): a number of milliseconds above 0/],
    ['tpot=0', /0 is no target for tpot/],
    ['tpot=-3', /-3 is no target for tpot/],
    ['e2e=Infinity', /Infinity is no target for e2e/],
    ['ttft=1,ttft=2', /ttft is given twice/],
  ])('that read %j are refused', (text, message) => {
    expect(() => parseSlos(text)).toThrow(message);
  });
});
