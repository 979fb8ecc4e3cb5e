/** Domains and ticks that charts fix themselves, so that both of their sizes agree. */

/** The powers of ten (and 2, 5 times them where few fit) within [low, high]. */
export function logTicks(low: number, high: number, most = 7): number[] {
  const ticks = (steps: readonly number[]) => {
    const found: number[] = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
      for (const step of steps) {
        const value = step * 10 ** e;
        if (value >= low * 0.999 && value <= high * 1.001) found.push(Number(value.toPrecision(3)));
      }
    }
    return found;
  };
  for (const steps of [
    [1, 1.5, 2, 3, 4, 5, 7],
    [1, 2, 5],
    [1, 3],
  ]) {
    const fine = ticks(steps);
    if (fine.length <= most) return fine;
  }
  const decades = ticks([1]);
  const every = Math.ceil(decades.length / most);
  return decades.filter((_, i) => i % every === 0);
}

/** [low, high] of the positive values, widened to whole steps of 1-2-5; [1, 10] without any. */
export function logDomain(values: readonly (number | null)[]): [number, number] {
  const positive = values.filter((v): v is number => v !== null && v > 0);
  if (positive.length === 0) return [1, 10];
  const low = stepBelow(positive.reduce((a, b) => Math.min(a, b)));
  const high = stepAbove(positive.reduce((a, b) => Math.max(a, b)));
  return high > low ? [low, high] : [low, low * 10];
}

function stepBelow(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = [5, 2, 1].find((s) => s * decade <= value * 1.0001) ?? 1;
  return Number((step * decade).toPrecision(3));
}

function stepAbove(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((s) => s * decade >= value * 0.9999) ?? 10;
  return Number((step * decade).toPrecision(3));
}

/** Pixel of a value on a logarithmic axis of that many pixels. */
export function logPosition(value: number, [low, high]: readonly [number, number], px: number) {
  const share = Math.log(value / low) / Math.log(high / low);
  return Math.max(0, Math.min(1, share)) * px;
}

/** 0 … the next round number that holds all values. */
export function zeroDomain(values: readonly (number | null)[]): [number, number] {
  const high = values.reduce<number>((a, b) => Math.max(a, b ?? 0), 0);
  if (high <= 0) return [0, 1];
  const decade = 10 ** Math.floor(Math.log10(high));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((s) => s * decade >= high * 0.9999) ?? 10;
  return [0, Number((step * decade).toPrecision(3))];
}
