/**
 * Distinct experts and padded rows of one MoE layer.
 *
 * Each expert that is hit computes its rows rounded up to a block of 16 to 128, the power of two at
 * or above the mean rows per hit expert (the block rule of vLLM's untuned fused kernel).
 */
export interface Routing {
  readonly distinct: number;
  readonly paddedRows: number;
}

/** Expectation when `rows` tokens choose `topK` of `experts` uniformly: E (1 - (1 - k/E)^T) distinct. */
export function uniformRouting(rows: number, experts: number, topK: number): Routing {
  if (rows === 0) return { distinct: 0, paddedRows: 0 };
  const distinct = experts * (1 - (1 - topK / experts) ** rows);
  const mean = (rows * topK) / distinct;
  const block = blockRows(mean);
  return { distinct, paddedRows: distinct * Math.ceil(mean / block) * block };
}

/** The same from the rows that each expert received in a real routing. */
export function routingOf(rowsOfExpert: ArrayLike<number>): Routing {
  let distinct = 0;
  let total = 0;
  for (let e = 0; e < rowsOfExpert.length; e++) {
    const rows = rowsOfExpert[e] as number;
    if (rows > 0) distinct++;
    total += rows;
  }
  if (distinct === 0) return { distinct: 0, paddedRows: 0 };
  const block = blockRows(total / distinct);
  let paddedRows = 0;
  for (let e = 0; e < rowsOfExpert.length; e++) {
    paddedRows += Math.ceil((rowsOfExpert[e] as number) / block) * block;
  }
  return { distinct, paddedRows };
}

function blockRows(meanRows: number): number {
  let block = 16;
  while (block < meanRows && block < 128) block *= 2;
  return block;
}
