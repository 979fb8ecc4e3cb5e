import { elementBytes } from '../model/decoder.ts';
import type { EncoderShape } from '../model/encoders.ts';
import type { Kernels } from './kernels.ts';

/**
 * Time of one encoder step over a batch of tiles, kernels only.
 *
 * The decoder's composition without rotary embedding, head and cache: GEMMs over all rows of the
 * batch, and prefill attention with F = 4 hq d s^2 per tile (full mask) at the share fitted for
 * causal prefill with head width 128. No encoder was measured on an A100: this is the form, not a
 * calibration. Projector, resampler and image preprocessing are not in it; the last is host work
 * and larger than the kernels for some models.
 */
export function encodeMs(
  encoder: EncoderShape,
  kernels: Kernels,
  { tiles, rowsPerTile = encoder.rowsPerTile }: { tiles: number; rowsPerTile?: number },
): number {
  if (tiles === 0) return 0;
  const { layers, hidden, ffn, gated, window, patchValues } = encoder;
  const rows = tiles * rowsPerTile;
  const gemm = (n: number, k: number) => kernels.productUs(rows, n, k);
  const attention = (keysPerRow: number) =>
    kernels.prefillAttentionUs(4 * hidden * rows * keysPerRow, 4 * elementBytes * rows * hidden);
  const elementwise = (kind: Parameters<Kernels['elementwiseUs']>[0], width: number) =>
    kernels.elementwiseUs(kind, rows * width);
  const layerUs =
    gemm(3 * hidden, hidden) +
    gemm(hidden, hidden) +
    gemm(gated ? 2 * ffn : ffn, hidden) +
    gemm(hidden, ffn) +
    // Without a gate it reads and writes each element once, as a norm does.
    elementwise(gated ? 'activation' : 'norm', ffn) +
    2 * elementwise('norm', hidden) +
    2 * elementwise('residualAdd', hidden);
  const fullLayers = window?.fullLayers ?? layers;
  const windowRows = Math.min(rowsPerTile, window?.rows ?? rowsPerTile);
  const attentionUs =
    fullLayers * attention(rowsPerTile) +
    (layers > fullLayers ? (layers - fullLayers) * attention(windowRows) : 0);
  const endsUs = gemm(hidden, patchValues) + elementwise('norm', hidden);
  return (layers * layerUs + attentionUs + endsUs) / 1000;
}
