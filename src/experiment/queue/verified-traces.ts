import { hostname } from 'node:os';
import { analyserNamed } from '../../replay/analysers.ts';
import { decodeRequestTrace } from '../../trace/decode.ts';
import { isReplay, type PlannedRun } from '../plan.ts';
import { type LoadedData, loadData } from '../run-analysis.ts';
import { shared } from '../sweep/share-trace.ts';

type Decode = (bytes: Uint8Array, path: string) => unknown;

/** Traces in shared memory by the sha256 of their files; the ones used last stay. */
export class VerifiedTraces {
  readonly #most: number;
  /** Least recently used first. */
  readonly #kept = new Map<string, Promise<LoadedData>>();

  /** @param most traces kept; a sweep reads few, a worker of many sweeps must not hold them all */
  constructor(most = 4) {
    this.#most = most;
  }

  /** The trace of a planned run; null where it reads none. */
  async of(plan: PlannedRun): Promise<LoadedData | null> {
    if (plan.trace === null || plan.traceSha256 === null) return null;
    const decode = isReplay(plan) ? null : analyserNamed(plan.scenario.kind).decode;
    return this.get(plan.trace, plan.traceSha256, decode ?? decodeRequestTrace);
  }

  /** @throws Error where this host has no such trace, or another one of that name */
  get(name: string, sha256: string, decode: Decode = decodeRequestTrace): Promise<LoadedData> {
    const trace = this.#kept.get(sha256) ?? load(name, sha256, decode);
    this.#kept.delete(sha256);
    this.#kept.set(sha256, trace);
    trace.catch(() => this.#kept.delete(sha256));
    if (this.#kept.size > this.#most) {
      this.#kept.delete(this.#kept.keys().next().value as string);
    }
    return trace;
  }
}

async function load(name: string, sha256: string, decode: Decode): Promise<LoadedData> {
  const loaded = await loadData(name, decode).catch((error: Error) => {
    throw new Error(`worker on ${hostname()} cannot read trace ${name}: ${error.message}`);
  });
  const here = loaded.located.sha256;
  if (here === sha256) return shared(loaded);
  throw new Error(
    `worker on ${hostname()} has another trace ${name}: sha256 ${here.slice(0, 12)}, ` +
      `the run asks for ${sha256.slice(0, 12)}`,
  );
}
