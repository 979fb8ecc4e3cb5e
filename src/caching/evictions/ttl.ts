/**
 * Time to live. Source: textbook; sold as the lifetime of a prompt cache, of which the default of
 * 5 minutes is a usual one.
 * Rule: a block is gone a time after its last touch (`sliding`) or its admission (`fixed`), see
 * lifetime.ts. Where capacity runs out before, the block nearest to its expiry goes: the least
 * recently touched, or the first admitted.
 * Every other policy takes a lifetime too (`ttlMs`): what is expired then goes before its victims.
 */
import { defineEviction } from '../cache-policy.ts';
import { Fifo } from './fifo.ts';
import { Lru } from './lru.ts';

export const ttl = defineEviction({
  kind: 'ttl',
  doc: 'blocks live for a time; the one nearest to its end goes first',
  source: 'textbook; prompt caches of providers',
  parameters: {},
  defaults: { ttlMs: 300_000 },
  create: ({ expiry }, context) => (expiry === 'fixed' ? new Fifo(context) : new Lru(context)),
});
