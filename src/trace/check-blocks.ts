import type { Findings } from './findings.ts';
import type { IntLists, RequestTrace } from './request-trace.ts';

/**
 * Block ids form a forest of prefixes: the same id always follows the same block at the same
 * depth, so a chain of ids stands for one text. A prompt's last block may be partial and has an id
 * too: a request has ceil(input_tokens / block_size) ids, or none where they are unknown.
 */
export function checkBlocks(trace: RequestTrace, findings: Findings): void {
  const { blocks, outputBlocks, meta } = trace;
  if (blocks === null && outputBlocks === null) return;
  if (meta.blockSize === null) {
    const message = 'metadata block_size is needed with block ids';
    findings.add('block-size', null, 'block_ids', null, message);
  } else if (blocks) {
    checkCounts(trace, blocks, meta.blockSize, findings);
  }
  if (checkDense(trace, findings) && blocks) checkForest(trace, blocks, findings);
}

function checkCounts(
  { inputTokens, count }: RequestTrace,
  { offsets }: IntLists,
  blockSize: number,
  findings: Findings,
): void {
  for (let row = 0; row < count; row++) {
    const ids = (offsets[row + 1] as number) - (offsets[row] as number);
    const wanted = Math.ceil(Math.max(0, inputTokens[row] as number) / blockSize);
    if (ids !== 0 && ids !== wanted) {
      const message = `${wanted} ids: ceil(${inputTokens[row]} tokens / ${blockSize})`;
      findings.add('block-count', row, 'block_ids', ids, message);
    }
  }
}

/** Ids are 0, 1, 2 … by first appearance; a cache is an array indexed by them. */
function checkDense(trace: RequestTrace, findings: Findings): boolean {
  const columns = { block_ids: trace.blocks, output_block_ids: trace.outputBlocks };
  let next = 0;
  for (let row = 0; row < trace.count; row++) {
    for (const [name, lists] of Object.entries(columns)) {
      if (lists === null) continue;
      const end = lists.offsets[row + 1] as number;
      for (let i = lists.offsets[row] as number; i < end; i++) {
        const id = lists.values[i] as number;
        if (id >= 0 && id < next) continue;
        if (id !== next) {
          findings.add('block-ids-dense', row, name, id, `the next new id is ${next}`);
          return false;
        }
        next++;
      }
    }
  }
  return true;
}

function checkForest(trace: RequestTrace, { offsets, values }: IntLists, findings: Findings): void {
  const parentOf = new Int32Array(trace.uniqueBlocks).fill(-2);
  const depthOf = new Int32Array(trace.uniqueBlocks);
  for (let row = 0; row < trace.count; row++) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    let parent = -1;
    for (let i = start; i < end; i++) {
      const id = values[i] as number;
      const depth = i - start;
      if (parentOf[id] === -2) {
        parentOf[id] = parent;
        depthOf[id] = depth;
      } else if (depthOf[id] !== depth) {
        const message = `depth ${depth}, but ${depthOf[id]} in an earlier place`;
        findings.add('block-depth', row, 'block_ids', id, message);
      } else if (parentOf[id] !== parent) {
        const message = `follows block ${parent}, but ${parentOf[id]} in an earlier row`;
        findings.add('block-parent', row, 'block_ids', id, message);
      }
      parent = id;
    }
  }
}
