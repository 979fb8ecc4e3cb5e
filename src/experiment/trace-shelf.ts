import { decodeRequestTrace } from '../trace/decode.ts';
import { InputError } from '../units/input-error.ts';
import { type LoadedData, loadData } from './run-analysis.ts';
import { type LoadedTrace, loadTrace } from './run-scenario.ts';

type Decode = (bytes: Uint8Array, path: string) => unknown;

/** Traces in memory by the name that scenarios use, each decoded once. */
export class TraceShelf {
  readonly #requests = new Map<string, Promise<LoadedTrace>>();
  readonly #others = new Map<Decode, Map<string, Promise<LoadedData>>>();

  /** @throws InputError for no name, or one that no trace has */
  async get(name: string | null): Promise<LoadedTrace> {
    if (name === null) {
      throw new InputError('no trace', { where: 'trace', rule: 'a name or a file' });
    }
    const known = this.#requests.get(name) ?? loadTrace(name);
    this.#requests.set(name, known);
    return known;
  }

  /** As an analyser reads it: another decoder gives another form of the file. */
  decoded(name: string, decode: Decode): Promise<LoadedData> {
    if (decode === decodeRequestTrace) return this.get(name);
    const shelf = this.#others.get(decode) ?? new Map<string, Promise<LoadedData>>();
    this.#others.set(decode, shelf);
    const known = shelf.get(name) ?? loadData(name, decode);
    shelf.set(name, known);
    return known;
  }
}
