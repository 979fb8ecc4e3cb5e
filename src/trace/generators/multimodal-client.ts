import type { RandomStream } from '../../units/random.ts';
import {
  type Application,
  iconTokens,
  limitTokens,
  maxImages,
  outputLimit,
  verdictTokens,
} from './multimodal-model.ts';

/** The requests of one client by arrival; images of request i are offsets[i] … offsets[i + 1] − 1. */
export interface ClientRequests {
  readonly arrivalMs: Float64Array;
  readonly textTokens: Int32Array;
  readonly outputTokens: Int32Array;
  readonly imageOffsets: Int32Array;
  readonly imageTokens: Int32Array;
}

/**
 * Draws `count` requests of a client over `durationMs`.
 * @param place where the client's fixed prompt lies among those of its application, −1 … 1
 */
export function clientRequests(
  application: Application,
  { count, durationMs, place }: { count: number; durationMs: number; place: number },
  random: RandomStream,
): ClientRequests {
  const promptTokens = application.promptTokens * Math.exp(application.promptSpread * place);
  const text = random.split('text');
  const textTokens = Int32Array.from({ length: count }, () =>
    Math.round(promptTokens + application.userTextTokens * Math.abs(text.normal())),
  );
  const output = random.split('output');
  const outputTokens = Int32Array.from({ length: count }, () => drawOutput(application, output));
  return {
    arrivalMs: drawArrivals(count, durationMs, application.arrivalCv, random.split('arrival')),
    textTokens,
    outputTokens,
    ...drawImages(application, count, random.split('images')),
  };
}

/**
 * Whole milliseconds, ascending: gamma gaps scaled so that they fill the duration, and turned on
 * it by a uniform offset, so that the bursts of different clients do not line up at its start.
 */
function drawArrivals(count: number, durationMs: number, cv: number, random: RandomStream) {
  const ends = new Float64Array(count);
  const shape = 1 / cv ** 2;
  let total = 0;
  for (let i = 0; i < count; i++) {
    total += random.gamma(shape, 1);
    ends[i] = total;
  }
  const offset = random.uniform();
  // Gaps of so small a shape can all be 0 in floating point when there are few of them.
  const scale = total > 0 ? 1 / total : 0;
  return ends.map((end) => Math.floor(((end * scale + offset) % 1) * durationMs)).sort();
}

function drawImages({ imageCount, imageTokens }: Application, count: number, random: RandomStream) {
  const imageOffsets = new Int32Array(count + 1);
  const tokens: number[] = [];
  for (let i = 0; i < count; i++) {
    if (imageCount !== null) {
      for (let k = drawImageCount(imageCount, random); k > 0; k--) {
        const icon = random.uniform() < imageTokens.icons;
        tokens.push(icon ? iconTokens : limited(logNormal(imageTokens, random), random));
      }
    }
    imageOffsets[i + 1] = tokens.length;
  }
  return { imageOffsets, imageTokens: Int32Array.from(tokens) };
}

function drawImageCount(law: NonNullable<Application['imageCount']>, random: RandomStream): number {
  if (random.uniform() < law.albums) return 1 + random.integer(maxImages);
  return Math.min(Math.max(Math.round(logNormal(law, random)), 1), maxImages);
}

function limited(tokens: number, random: RandomStream): number {
  const { from, to } = limitTokens;
  if (tokens >= from) return from + random.integer(to - from + 1);
  return Math.max(iconTokens, Math.round(tokens));
}

function drawOutput({ outputTokens }: Application, random: RandomStream): number {
  if (random.uniform() < outputTokens.verdicts) {
    return verdictTokens.from + random.integer(verdictTokens.to - verdictTokens.from + 1);
  }
  if (random.uniform() < outputLimit.share) return outputLimit.tokens;
  return Math.min(Math.max(Math.round(logNormal(outputTokens, random)), 1), outputLimit.tokens);
}

function logNormal(law: { median: number; sigma: number }, random: RandomStream): number {
  return law.median * Math.exp(law.sigma * random.normal());
}
