import type { Redis } from 'ioredis';
import { InputError } from '../../units/input-error.ts';

/** The one place that the address and password of the queue's server come from. */
export const redisVariable = 'REPRISE_REDIS_URL';

/** Queue that producers and workers use unless told otherwise. */
export const defaultQueue = 'reprise';

/** @throws InputError for a name that keys cannot hold */
export function checkedQueue(name: string): string {
  if (/^[\w.-]+$/.test(name)) return name;
  throw new InputError(`invalid queue ${JSON.stringify(name)}`, {
    rule: 'letters, digits, dots, dashes and underscores',
  });
}

/**
 * A connection to the server that the environment names. When it breaks it is made again, until
 * `leaving` is aborted; what went wrong is told without address, user or password.
 * @throws InputError where the variable is missing or no Redis URL
 * @throws Error where the server does not answer or refuses the login
 */
export async function connectRedis(
  onTrouble: (trouble: string) => void,
  leaving?: AbortSignal,
): Promise<Redis> {
  const url = redisUrl();
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (leaving?.aborted ? null : Math.min(100 * attempt, 3000)),
  });
  let last: unknown;
  let connected = false;
  client.on('error', (error) => {
    last = error;
    if (connected) onTrouble(troubleOf(error));
  });
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    // No cause: the client's errors carry the command that failed, AUTH with its password too.
    throw new Error(`cannot use the Redis server (${redisVariable}): ${troubleOf(last ?? error)}`);
  }
  connected = true;
  return client;
}

function redisUrl(): string {
  const given = process.env[redisVariable];
  const rule = `set ${redisVariable} to redis://HOST:PORT, or rediss:// for TLS`;
  if (!given) throw new InputError('no queue server', { where: redisVariable, rule });
  const protocol = URL.canParse(given) ? new URL(given).protocol : '';
  if (protocol === 'redis:' || protocol === 'rediss:') return given;
  throw new InputError('not a Redis URL', { where: redisVariable, rule });
}

/** What went wrong, in words that hold no part of the connection. */
export function troubleOf(error: unknown): string {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return knownCodes[code] ?? code;
  const reply = /^[A-Z]{4,}(?= )/.exec(message)?.[0];
  if (reply !== undefined) return knownCodes[reply] ?? reply;
  const own = /could not renew lock for job [\w-]+|Missing (?:lock|key) for job [\w-]+/.exec(
    message,
  );
  return own?.[0] ?? 'the connection failed';
}

const knownCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'host not found',
  ETIMEDOUT: 'timed out',
  WRONGPASS: 'wrong user or password',
  NOAUTH: 'it asks for a password',
};

/** Tells each thing only when it is another than the one before. */
export function onlyChanges(tell: (text: string) => void): (text: string) => void {
  let last: string | undefined;
  return (text) => {
    if (text !== last) tell(text);
    last = text;
  };
}
