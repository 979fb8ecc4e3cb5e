// LRU over block ids and nothing else: what a replay could at best be held against.
// Arguments: file of int32 ids, number of distinct ids, capacity. Prints the quickest run.
import { readFileSync } from 'node:fs';

const [file, unique, size] = process.argv.slice(2);
const blocks = Number(unique);
const capacity = Number(size);
const bytes = readFileSync(file);
const ids = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

function lru() {
  const next = new Int32Array(blocks + 1);
  const previous = new Int32Array(blocks + 1);
  const resident = new Uint8Array(blocks);
  next[blocks] = blocks;
  previous[blocks] = blocks;
  let length = 0;
  let hits = 0;
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at];
    if (resident[id] === 1) {
      hits++;
      next[previous[id]] = next[id];
      previous[next[id]] = previous[id];
    } else if (length === capacity) {
      const oldest = next[blocks];
      next[blocks] = next[oldest];
      previous[next[oldest]] = blocks;
      resident[oldest] = 0;
      resident[id] = 1;
    } else {
      length++;
      resident[id] = 1;
    }
    const last = previous[blocks];
    next[last] = id;
    previous[id] = last;
    next[id] = blocks;
    previous[blocks] = id;
  }
  return hits;
}

lru();
const until = performance.now() + 1000;
let wallMs = Number.POSITIVE_INFINITY;
let hits = 0;
while (performance.now() < until) {
  const start = performance.now();
  hits = lru();
  wallMs = Math.min(wallMs, performance.now() - start);
}
console.log(JSON.stringify({ references: ids.length, hits, wallMs }));
