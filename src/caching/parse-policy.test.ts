import { describe, expect, it } from 'vitest';
import { parseCachePolicy } from './parse-policy.ts';
import { cachePolicies } from './policies.ts';

describe('parseCachePolicy', () => {
  it('takes a bare kind with its defaults', () => {
    for (const { kind } of cachePolicies.all()) {
      expect(parseCachePolicy(kind)).toEqual(cachePolicies.complete({ kind }, kind));
    }
    expect(parseCachePolicy('gdsf').form).toBe('leaf-only');
    expect(parseCachePolicy('s3-fifo').room).toBe('block');
    expect(parseCachePolicy('ttl').ttlMs).toBe(300_000);
  });

  it('takes parameters as numbers, switches and choices', () => {
    expect(parseCachePolicy('lru-k:k=3:history=resident')).toMatchObject({
      k: 3,
      history: 'resident',
    });
    expect(parseCachePolicy('min:bypass=true').bypass).toBe(true);
    expect(parseCachePolicy('s3-fifo:smallShare=.25').smallShare).toBe(0.25);
  });

  it.each([
    ['lur', 'unknown cache policy "lur": did you mean lru?'],
    ['', 'unknown cache policy ""'],
    ['lru:tuch=head-first', 'unknown parameter of lru "tuch": did you mean touch?'],
    ['sglang-radix:form=free', 'unknown parameter of sglang-radix "form"'],
    ['lru:touch=sideways', 'invalid value "sideways" (lru.touch): one of tail-first, head-first'],
    ['lru-k:k=0', 'invalid value 0 (lru-k.k): an integer from 1 to 16'],
    ['lru-k:k=', 'invalid value "" (lru-k.k)'],
    ['min:bypass=yes', 'invalid value "yes" (min.bypass): true or false'],
    ['lru:touch', '"touch" in policy lru:touch: name:parameter=value'],
  ])('refuses %s', (word, message) => {
    expect(() => parseCachePolicy(word)).toThrow(message);
  });
});

describe('cachePolicies', () => {
  it('says which of them foresee', () => {
    const oracles = cachePolicies.all().filter(({ kind }) => {
      return cachePolicies.oraclesOf({ kind }).length > 0;
    });
    expect(oracles.map(({ kind }) => kind)).toEqual(['min']);
    expect(cachePolicies.oraclesOf({ kind: 'lru', admission: 'used-again' })).toEqual(['future']);
  });
});
