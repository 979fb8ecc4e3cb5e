import { unknownName } from '../units/nearest.ts';

/** A vision (or audio) transformer: every token attends every other one. */
export interface EncoderShape {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly source: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly ffn: number;
  readonly gated: boolean;
  /** Values of one input patch: 3 colours x 14 x 14 pixels, or mel bins x kernel for audio. */
  readonly patchValues: number;
  /** Rows of one tile, class token included; images of free size bring their own count. */
  readonly rowsPerTile: number;
  /** Attention inside windows of that many rows in all layers but the named number. */
  readonly window?: { readonly rows: number; readonly fullLayers: number };
}

const recalled = 'public model configuration, recalled';
const epd = `EPD (arXiv 2501.05460) section E.2 for the name; ${recalled} for the shape`;

export const encoders: readonly EncoderShape[] = [
  {
    name: 'siglip-so400m',
    aliases: ['siglip-400m', 'siglip-so400m-patch14'],
    source: epd,
    layers: 27,
    hidden: 1152,
    heads: 16,
    ffn: 4304,
    gated: false,
    patchValues: 3 * 14 * 14,
    rowsPerTile: 1024,
  },
  {
    name: 'internvit-300m',
    aliases: ['internvit-300m-448px'],
    source: epd,
    layers: 24,
    hidden: 1024,
    heads: 16,
    ffn: 4096,
    gated: false,
    patchValues: 3 * 14 * 14,
    rowsPerTile: 1025,
  },
  {
    name: 'internvit-6b',
    aliases: ['internvit-6b-448px-v1-5', 'internvit-6b-448px'],
    source: epd,
    layers: 45,
    hidden: 3200,
    heads: 25,
    ffn: 12800,
    gated: false,
    patchValues: 3 * 14 * 14,
    rowsPerTile: 1025,
  },
  {
    name: 'clip-vit-l-336',
    aliases: ['clip-vit-large-patch14-336', 'clip-vit-l'],
    source: `Dynamic-LLaVA (arXiv 2412.00876) for the name; ${recalled} for the shape`,
    layers: 24,
    hidden: 1024,
    heads: 16,
    ffn: 4096,
    gated: false,
    patchValues: 3 * 14 * 14,
    rowsPerTile: 577,
  },
  {
    name: 'qwen2-vl-vit',
    aliases: [],
    source: recalled,
    layers: 32,
    hidden: 1280,
    heads: 16,
    ffn: 5120,
    gated: false,
    patchValues: 3 * 2 * 14 * 14,
    rowsPerTile: 1024,
  },
  {
    name: 'qwen2.5-vl-vit',
    aliases: [],
    source: recalled,
    layers: 32,
    hidden: 1280,
    heads: 16,
    ffn: 3420,
    gated: true,
    patchValues: 3 * 2 * 14 * 14,
    rowsPerTile: 1024,
    window: { rows: 64, fullLayers: 4 },
  },
  {
    name: 'whisper-small',
    aliases: ['whisper-small-encoder'],
    source: `fixie-ai/ultravox-v0_3 model card for the name; ${recalled} for the shape`,
    layers: 12,
    hidden: 768,
    heads: 12,
    ffn: 3072,
    gated: false,
    patchValues: 3 * 768,
    rowsPerTile: 1500,
  },
];

/** The encoder of that name or alias, in any case. */
export function encoderNamed(name: string): EncoderShape {
  const wanted = name.toLowerCase();
  const found = encoders.find((e) => e.name === wanted || e.aliases.includes(wanted));
  if (found === undefined) {
    throw unknownName(
      'encoder',
      name,
      encoders.map((e) => e.name),
    );
  }
  return found;
}

/** Parameters of the blocks: attention and network matrices, no biases, norms or embeddings. */
export function blockParameters({ layers, hidden, ffn, gated }: EncoderShape): number {
  return layers * (4 * hidden * hidden + (gated ? 3 : 2) * hidden * ffn);
}

/** FLOPs of encoding one tile of `rows` rows: 2 x parameters x rows, and 4 x rows^2 x hidden per layer. */
export function encodeFlops(encoder: EncoderShape, rows = encoder.rowsPerTile): number {
  const { layers, hidden, window } = encoder;
  const full = window?.fullLayers ?? layers;
  const windowed = (layers - full) * Math.min(rows, window?.rows ?? rows);
  return 2 * blockParameters(encoder) * rows + 4 * rows * hidden * (full * rows + windowed);
}
