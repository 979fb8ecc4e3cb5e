import type { CountedStore } from './block-store.ts';

/** A node without a host store: holds nothing and takes nothing. */
export class EmptyStore implements CountedStore {
  readonly moves = { added: 0, promoted: 0, demoted: 0, writtenThrough: 0, removed: 0 };

  tierOf(): number {
    return -1;
  }

  leading(): number {
    return 0;
  }

  pin(id: number): void {
    throw new RangeError(`block ${id} is not resident`);
  }

  unpin(id: number): void {
    throw new RangeError(`block ${id} is not pinned`);
  }

  touch(): void {}

  put(): number {
    return 0;
  }

  residents(): number {
    return 0;
  }
}
