/**
 * `npm run bench -- --cache`: block-cache replay by policy at 50,000 blocks, each in a process of
 * its own, against a bare LRU loop in the same run.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachePolicies } from '../../caching/policies.ts';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { importMooncake } from '../../trace/importers/mooncake.ts';
import { findTraceMirror } from '../../trace/mirror.ts';
import { readTrace } from '../../trace/read.ts';

const here = dirname(fileURLToPath(import.meta.url));
const capacity = 50_000;

interface Measured {
  readonly references: number;
  readonly hits: number;
  readonly wallMs: number;
}

/** @param work folder for files of the bench */
export async function caches(work: string): Promise<void> {
  const name = await publicConversation(work);
  const { located, trace } = await readTrace(name);
  const ids = join(work, 'block-ids.bin');
  const { values } = trace.blocks!;
  writeFileSync(ids, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  console.log(`\ntrace ${located.name}: ${values.length} block references, ${capacity} blocks`);
  console.log('policy, rule                    hits  M accesses/s  against the bare loop');
  const unique = String(trace.uniqueBlocks);
  const floor = run([join(here, 'cache-floor.mjs'), ids, unique, String(capacity)]);
  line('bare LRU loop', floor, floor);
  const kinds = cachePolicies.all().map(({ kind }) => kind);
  for (const kind of kinds) line(`${kind}, block`, replay(located.path, kind, 'block'), floor);
  for (const kind of ['lru', 'fifo', 'min']) {
    line(`${kind}, prefix`, replay(located.path, kind, 'prefix'), floor);
  }
}

/** The public conversation trace where a mirror has it, else the one that ships in its place. */
async function publicConversation(work: string): Promise<string> {
  const mirror = findTraceMirror();
  if (mirror === null) return 'kimi-like';
  const trace = await importMooncake(join(mirror, 'mooncake', 'conversation_trace.jsonl'));
  const path = join(work, 'conversation.arrow');
  writeFileSync(path, encodeRequestTrace(trace));
  return path;
}

function replay(trace: string, policy: string, rule: string): Measured {
  const script = join(here, 'cache-replay.ts');
  return run(['--import', 'tsx', script, trace, policy, String(capacity), rule]);
}

function run(args: readonly string[]): Measured {
  const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${args.join(' ')}: ${child.stderr}`);
  return JSON.parse(child.stdout) as Measured;
}

function line(what: string, { references, hits, wallMs }: Measured, floor: Measured): void {
  const cells = [
    String(hits).padStart(8),
    (references / wallMs / 1000).toFixed(1).padStart(12),
    `${(wallMs / floor.wallMs).toFixed(2)}x`.padStart(21),
  ];
  console.log(`${what.padEnd(26)}  ${cells.join('  ')}`);
}
