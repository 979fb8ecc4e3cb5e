import type { Labels, MediaColumns } from '../request-trace.ts';
import type { ClientRequests } from './multimodal-client.ts';

/** Width to height of every image: landscape, as the sources give token counts but no sizes. */
const aspectRatio = 4 / 3;
/** One image token covers 28 x 28 pixels in the Qwen-VL family. */
const pixelsPerToken = 28 * 28;

/** The columns of a trace in which the clients' requests stand by arrival. */
export interface MergedColumns {
  readonly arrivalMs: Float64Array;
  readonly inputTokens: Int32Array;
  readonly outputTokens: Int32Array;
  readonly tenant: Labels;
  readonly media: MediaColumns;
}

/** Merges clients by arrival; at equal times the client of the lower index comes first. */
export function mergeClients(
  clients: readonly ClientRequests[],
  labels: readonly string[],
): MergedColumns {
  const count = clients.reduce((sum, client) => sum + client.arrivalMs.length, 0);
  const images = clients.reduce((sum, client) => sum + client.imageTokens.length, 0);
  const arrivalMs = new Float64Array(count);
  const inputTokens = new Int32Array(count);
  const outputTokens = new Int32Array(count);
  const codes = new Int32Array(count);
  const offsets = new Int32Array(count + 1);
  const tokens = new Int32Array(images);
  const next = new Int32Array(clients.length);
  for (let row = 0; row < count; row++) {
    const code = earliest(clients, next);
    const client = clients[code] as ClientRequests;
    const i = next[code] as number;
    next[code] = i + 1;
    arrivalMs[row] = client.arrivalMs[i] as number;
    inputTokens[row] = client.textTokens[i] as number;
    outputTokens[row] = client.outputTokens[i] as number;
    codes[row] = code;
    const first = client.imageOffsets[i] as number;
    const end = client.imageOffsets[i + 1] as number;
    const at = offsets[row] as number;
    tokens.set(client.imageTokens.subarray(first, end), at);
    offsets[row + 1] = at + end - first;
  }
  return {
    arrivalMs,
    inputTokens,
    outputTokens,
    tenant: { codes, labels },
    media: images4by3(offsets, tokens),
  };
}

function earliest(clients: readonly ClientRequests[], next: Int32Array): number {
  let best = -1;
  let bestMs = Number.POSITIVE_INFINITY;
  for (const [code, client] of clients.entries()) {
    const arrivalMs = client.arrivalMs[next[code] as number];
    if (arrivalMs !== undefined && arrivalMs < bestMs) {
      best = code;
      bestMs = arrivalMs;
    }
  }
  return best;
}

/** Images without identity, before the text, of the size that their tokens imply. */
function images4by3(offsets: Int32Array, tokens: Int32Array): MediaColumns {
  const unknown = new Int32Array(tokens.length).fill(-1);
  const side = (ratio: number) =>
    tokens.map((count) => Math.round(Math.sqrt(ratio * pixelsPerToken * count)));
  return {
    offsets,
    kind: new Int32Array(tokens.length),
    kinds: ['image'],
    id: unknown,
    width: side(aspectRatio),
    height: side(1 / aspectRatio),
    durationMs: unknown.slice(),
    tokens,
    position: new Int32Array(tokens.length),
  };
}
