import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../units/input-error.ts';
import { checkedQueue, connectRedis, redisVariable, troubleOf } from './connection.ts';
import { freePort, startRedis, withoutRedis } from './testing/redis-server.ts';

afterEach(() => vi.unstubAllEnvs());

async function failure(url: string): Promise<Error> {
  vi.stubEnv(redisVariable, url);
  return connectRedis(() => {}).then(
    (client) => {
      client.disconnect();
      throw new Error('connected');
    },
    (error) => error,
  );
}

/** Everything that printing an error could show, its hidden members too. */
function allOf(error: Error): string {
  return `${inspect(error, { depth: 9, showHidden: true })} ${error.stack}`;
}

describe('connectRedis', () => {
  it.each([
    ['nothing', '', 'no queue server (REPRISE_REDIS_URL): set REPRISE_REDIS_URL to redis://HOST'],
    ['no URL', 'geheim@host', 'not a Redis URL (REPRISE_REDIS_URL): set REPRISE_REDIS_URL to'],
    ['another protocol', 'http://:geheim@host', 'not a Redis URL (REPRISE_REDIS_URL): set'],
  ])('refuses %s in the environment', async (_, url, message) => {
    const error = await failure(url);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(message);
    expect(allOf(error)).not.toContain('geheim');
  });

  it('says that nobody answers, without address and password', async () => {
    const port = await freePort();
    const error = await failure(`redis://anna:geheim@127.0.0.1:${port}/3`);
    expect(error).not.toBeInstanceOf(InputError);
    expect(error.message).toBe(
      'cannot use the Redis server (REPRISE_REDIS_URL): connection refused',
    );
    expect(allOf(error)).not.toMatch(new RegExp(`geheim|anna|127\\.0\\.0\\.1|${port}`));
  });

  it.skipIf(withoutRedis !== '')(
    `says that the password is wrong, without it${withoutRedis}`,
    async () => {
      const server = await startRedis({ password: 'sesame' });
      const consoleError = vi.spyOn(console, 'error');
      try {
        const wrong = await failure(`redis://:geheim@127.0.0.1:${server.port}`);
        expect(wrong.message).toMatch(/: wrong user or password$/);
        expect(allOf(wrong)).not.toContain('geheim');
        const none = await failure(`redis://127.0.0.1:${server.port}`);
        expect(none.message).toMatch(/: it asks for a password$/);
        expect(consoleError).not.toHaveBeenCalled();
      } finally {
        await server.stop();
      }
    },
  );
});

describe('troubleOf', () => {
  it.each([
    [
      Object.assign(new Error('getaddrinfo ENOTFOUND my.host'), { code: 'ENOTFOUND' }),
      'host not found',
    ],
    [Object.assign(new Error('x 10.0.0.1:6379'), { code: 'EHOSTUNREACH' }), 'EHOSTUNREACH'],
    [new Error('READONLY You cannot write against replica 10.0.0.1'), 'READONLY'],
    [new Error('could not renew lock for job run-0a1b'), 'could not renew lock for job run-0a1b'],
    [new Error('Connection to redis://:geheim@10.0.0.1 is closed.'), 'the connection failed'],
    ['geheim', 'the connection failed'],
  ])('tells %s in words of its own', (error, words) => {
    expect(troubleOf(error)).toBe(words);
  });
});

describe('checkedQueue', () => {
  it('takes names that keys can hold', () => {
    expect(checkedQueue('group-7.moe_a')).toBe('group-7.moe_a');
    for (const name of ['', 'a:b', 'a b', 'a/b']) {
      expect(() => checkedQueue(name)).toThrow(InputError);
    }
  });
});
