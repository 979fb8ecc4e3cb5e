import { InputError } from '../units/input-error.ts';
import type { DecoderShape } from './decoder.ts';
import { encoderNamed } from './encoders.ts';

/**
 * Tiles and tokens of one image, by the public preprocessing of each model family.
 *
 * InternVL2 (dynamic resolution, at most 12 tiles of 448 px): the grid whose aspect ratio is
 * nearest, a larger one of the same ratio only if the image has more than half of its pixels; a
 * thumbnail when there is more than one tile; 256 tokens a tile and two markers.
 * MiniCPM-V 2.6 (at most 9 slices of 448 px): slice count near pixels / 448^2, the grid whose log
 * aspect ratio is nearest, and the whole image beside it; 64 tokens and two markers each, one token
 * per slice row, three for the image id (ids of two digits would take four).
 * Qwen2-VL: sides rounded to 28 px, pixels scaled into [4, 1280] x 28^2 (the processor's default);
 * one token per 28 px square, four encoder rows each, and two markers.
 *
 * The EPD paper (arXiv 2501.05460, Table 2) prints tile counts that agree, and a run log of its
 * code the 666 tokens of a 4032x3024 image. No units but pixels, tiles and tokens.
 */
export interface ImageTokens {
  /** Encoder inputs: tiles or slices, thumbnail included. */
  readonly tiles: number;
  /** Tokens in the prompt, markers included. */
  readonly tokens: number;
  /** Rows that the encoder works on, over all tiles. */
  readonly encoderRows: number;
}

/** What one image of that size in pixels costs in that model. */
export function imageTokens(model: DecoderShape, width: number, height: number): ImageTokens {
  const { vision } = model;
  if (vision === undefined) {
    throw new InputError(`${model.name} takes no images`, { rule: 'a multimodal model is needed' });
  }
  if (!(width > 0 && height > 0)) {
    throw new InputError(`image of ${width} x ${height} pixels`, { rule: 'sides above 0' });
  }
  if (vision.imageRule === 'qwen2-vl-merge') {
    const squares = qwen2VlSquares(width, height);
    return { tiles: 1, tokens: squares + 2, encoderRows: 4 * squares };
  }
  const { rowsPerTile } = encoderNamed(vision.encoder);
  switch (vision.imageRule) {
    case 'one-tile':
      return { tiles: 1, tokens: vision.tokensPerTile, encoderRows: rowsPerTile };
    case 'internvl2-tiles': {
      const tiles = internVl2Tiles(width, height);
      return { tiles, tokens: vision.tokensPerTile * tiles + 2, encoderRows: tiles * rowsPerTile };
    }
    case 'minicpm-v-slices': {
      const { tiles, sliceRows } = miniCpmSlices(width, height);
      const tokens = (vision.tokensPerTile + 2) * tiles + sliceRows + 3;
      return { tiles, tokens, encoderRows: tiles * rowsPerTile };
    }
  }
}

const tilePixels = 448 * 448;
const maxTiles = 12;
const maxSlices = 9;

function internVl2Tiles(width: number, height: number): number {
  const ratio = width / height;
  let best = 1;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let tiles = 1; tiles <= maxTiles; tiles++) {
    for (let columns = 1; columns <= tiles; columns++) {
      if (tiles % columns !== 0) continue;
      const distance = Math.abs(ratio - (columns * columns) / tiles);
      const worthIt = width * height > 0.5 * tilePixels * tiles;
      if (distance < bestDistance || (distance === bestDistance && worthIt)) {
        best = tiles;
        bestDistance = distance;
      }
    }
  }
  return best > 1 ? best + 1 : 1;
}

function miniCpmSlices(width: number, height: number): { tiles: number; sliceRows: number } {
  const wanted = Math.min(Math.ceil((width * height) / tilePixels), maxSlices);
  if (wanted <= 1) return { tiles: 1, sliceRows: 0 };
  const logRatio = Math.log(width / height);
  let tiles = 1;
  let sliceRows = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const slices of [wanted - 1, wanted, wanted + 1]) {
    if (slices === 1 || slices > maxSlices) continue;
    for (let columns = 1; columns <= slices; columns++) {
      if (slices % columns !== 0) continue;
      const rows = slices / columns;
      const distance = Math.abs(logRatio - Math.log(columns / rows));
      if (distance < bestDistance) {
        bestDistance = distance;
        tiles = slices + 1;
        sliceRows = rows;
      }
    }
  }
  return { tiles, sliceRows };
}

const square = 28;
const minSquares = 4;
const maxSquares = 1280;

function qwen2VlSquares(width: number, height: number): number {
  const columns = Math.max(1, roundHalfToEven(width / square));
  const rows = Math.max(1, roundHalfToEven(height / square));
  const pixels = columns * rows * square * square;
  const scaled = (scale: number, side: number, round: (x: number) => number) =>
    Math.max(1, round((side * scale) / square));
  if (pixels > maxSquares * square * square) {
    const scale = Math.sqrt((maxSquares * square * square) / (width * height));
    return scaled(scale, width, Math.floor) * scaled(scale, height, Math.floor);
  }
  if (pixels < minSquares * square * square) {
    const scale = Math.sqrt((minSquares * square * square) / (width * height));
    return scaled(scale, width, Math.ceil) * scaled(scale, height, Math.ceil);
  }
  return columns * rows;
}

/** Python's `round`, which the public code uses. */
function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}
