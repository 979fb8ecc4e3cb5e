/** An identity in a source: an integer of any width, or a string. 5 and '5' are two identities. */
export type SourceId = number | bigint | string;

/** Numbers source identities 0, 1, 2 … in order of first appearance. */
export class DenseIds {
  readonly #numbers = new Map<SourceId, number>();

  get count(): number {
    return this.#numbers.size;
  }

  idOf(source: SourceId): number {
    const key = canonical(source);
    let id = this.#numbers.get(key);
    if (id === undefined) {
      id = this.#numbers.size;
      this.#numbers.set(key, id);
    }
    return id;
  }
}

/** One key per integer, whichever way it came; a number that may have lost digits is refused. */
function canonical(source: SourceId): SourceId {
  if (typeof source === 'number' && !Number.isSafeInteger(source)) {
    throw new RangeError(`${source} is not an exact integer; give it as a bigint or as text`);
  }
  if (typeof source === 'bigint') {
    const number = Number(source);
    if (Number.isSafeInteger(number)) return number;
  }
  return source;
}
