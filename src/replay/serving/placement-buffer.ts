import type { Placement } from '../../policy/placer.ts';

/** What a placer fills; one object for all requests of a replay. */
export class PlacementBuffer implements Placement {
  prefill = -1;
  decode = -1;
  source = -1;
  sourceBlocks = 0;
  ttftMs = Number.NaN;
  roundMs = Number.NaN;
  prefillMs = Number.NaN;

  clear(): void {
    this.prefill = -1;
    this.decode = -1;
    this.source = -1;
    this.sourceBlocks = 0;
    this.ttftMs = Number.NaN;
    this.roundMs = Number.NaN;
    this.prefillMs = Number.NaN;
  }
}
