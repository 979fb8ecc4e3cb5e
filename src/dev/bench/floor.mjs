// The floor: the reference replay (roofline clock, chunked prefill, round robin) as one minimal
// loop, with no policies, no tables, no options. `npm run bench` holds the engine against it.
// Usage: node floor.mjs COLUMNS.bin INSTANCES fast|step
import { readFileSync } from 'node:fs';

const [path, instances, mode] = process.argv.slice(2);
const bytes = readFileSync(path);
const n = bytes.length / 16;
const arrival = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 8 * n));
const lengths = bytes.buffer.slice(bytes.byteOffset + 8 * n, bytes.byteOffset + 16 * n);
const input = new Int32Array(lengths, 0, n);
const output = new Int32Array(lengths, 4 * n, n);

const budget = 8192;
const maxSequences = 256;
const capacity = 467_295;
const weights = 2 * 8.03e9;
const flops = 312e12 * 0.5;
const bandwidth = 2.039e12 * 0.8;
const fixedMs = 0.5;
const rowMs = (1e3 * weights) / flops;
const pairMs = (1e3 * 4 * 32 * 4096) / flops;
const readMs = (1e3 * weights) / bandwidth;
const kvMs = (1e3 * 131_072) / bandwidth;

const firstMs = new Float64Array(n).fill(-1);
const finishMs = new Float64Array(n);
const generated = new Int32Array(n);
const left = Int32Array.from(input);
const done = new Int32Array(n);
const finishRound = new Int32Array(n);
let steps = 0;
let preemptions = 0;

class Instance {
  queue = [];
  head = 0;
  prompts = [];
  decodes = [];
  chunks = [];
  used = 0;
  context = 0;
  round = 0;
  endMs = Number.POSITIVE_INFINITY;
  startMs = 0;
  aMs = 0;
  slopeMs = 0;
  rounds = 0;

  plan(now) {
    while (this.decodes.length > 0 && this.used + this.decodes.length > capacity) {
      const task = this.decodes.pop();
      const made = output[task] - (finishRound[task] - this.round);
      generated[task] = made;
      this.used -= input[task] + made;
      this.context -= input[task] + made;
      left[task] = input[task] + made;
      done[task] = 0;
      this.queue[--this.head] = task;
      preemptions++;
    }
    const batch = this.decodes.length;
    this.chunks.length = 0;
    let room = budget - batch;
    for (let i = 0; i < this.prompts.length && room > 0; i++)
      room = this.chunk(this.prompts[i], room);
    while (
      room > 0 &&
      this.head < this.queue.length &&
      batch + this.prompts.length < maxSequences
    ) {
      const task = this.queue[this.head];
      if (left[task] > capacity - this.used - batch) break;
      this.head++;
      this.used += left[task];
      this.prompts.push(task);
      room = this.chunk(task, room);
    }
    this.startMs = now;
    if (this.chunks.length > 0) {
      let rows = batch;
      let pairs = this.context;
      let kv = this.context;
      for (let i = 0; i < this.chunks.length; i += 2) {
        const c = this.chunks[i + 1];
        const before = done[this.chunks[i]];
        rows += c;
        pairs += c * (before + c / 2);
        kv += before + c;
      }
      this.rounds = 1;
      this.endMs = now + fixedMs + Math.max(rows * rowMs + pairs * pairMs, readMs + kv * kvMs);
    } else if (batch > 0) {
      // Memory-bound for every context here: reading a token's KV outweighs computing with it.
      this.aMs = fixedMs + readMs + kvMs * this.context;
      this.slopeMs = kvMs * batch;
      let rounds = 1;
      if (mode === 'fast') {
        rounds = Math.floor((capacity - this.used) / batch);
        for (const task of this.decodes) rounds = Math.min(rounds, finishRound[task] - this.round);
      }
      this.rounds = rounds;
      this.endMs = this.time(rounds);
    } else {
      this.rounds = 0;
      this.endMs = Number.POSITIVE_INFINITY;
    }
  }

  chunk(task, room) {
    const c = Math.min(left[task], room);
    this.chunks.push(task, c);
    return room - c;
  }

  time(k) {
    return this.startMs + k * this.aMs + this.slopeMs * ((k * (k - 1)) / 2);
  }

  /** An arrival during rounds waits for the end of the round it falls into. */
  cut(now) {
    if (this.chunks.length > 0 || this.rounds <= 1) return;
    const half = this.aMs / this.slopeMs - 0.5;
    let k = Math.ceil(Math.sqrt(half * half + (2 * (now - this.startMs)) / this.slopeMs) - half);
    k = Math.max(1, k);
    while (this.time(k) < now) k++;
    while (k > 1 && this.time(k - 1) >= now) k--;
    if (k < this.rounds) {
      this.rounds = k;
      this.endMs = this.time(k);
    }
  }

  end() {
    const now = this.endMs;
    steps += this.rounds;
    const batch = this.decodes.length;
    this.used += batch * this.rounds;
    this.context += batch * this.rounds;
    this.round += this.rounds;
    for (let i = 0; i < this.chunks.length; i += 2) {
      const task = this.chunks[i];
      done[task] += this.chunks[i + 1];
      left[task] -= this.chunks[i + 1];
      if (left[task] > 0) continue;
      this.prompts.splice(this.prompts.indexOf(task), 1);
      if (firstMs[task] < 0) firstMs[task] = now;
      const made = ++generated[task];
      if (made === output[task]) {
        finishMs[task] = now;
        this.used -= input[task] + made - 1;
        continue;
      }
      this.used++;
      this.context += input[task] + made;
      finishRound[task] = this.round + output[task] - made;
      this.decodes.push(task);
    }
    let kept = 0;
    for (const task of this.decodes) {
      if (finishRound[task] > this.round) {
        this.decodes[kept++] = task;
        continue;
      }
      finishMs[task] = now;
      this.used -= input[task] + output[task];
      this.context -= input[task] + output[task];
    }
    this.decodes.length = kept;
    this.plan(now);
  }
}

const cluster = Array.from({ length: Number(instances) }, () => new Instance());
let next = 0;
for (;;) {
  let first = cluster[0];
  for (const one of cluster) if (one.endMs < first.endMs) first = one;
  if (next < n && arrival[next] <= first.endMs) {
    const one = cluster[next % cluster.length];
    one.queue.push(next);
    if (one.endMs === Number.POSITIVE_INFINITY) one.plan(arrival[next]);
    else one.cut(arrival[next]);
    next++;
  } else if (first.endMs < Number.POSITIVE_INFINITY) first.end();
  else break;
}
let ttft = 0;
for (let task = 0; task < n; task++) ttft += firstMs[task] - arrival[task];
process.stdout.write(`${JSON.stringify({ requests: n, steps, preemptions, ttft_ms: ttft / n })}\n`);
