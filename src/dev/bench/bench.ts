/**
 * `npm run bench`: the engine against the floor (a minimal loop without policies or tables), as
 * ratios within one run. `npm run bench -- --scale` adds 10 k, 100 k and 1 M requests on 64
 * instances, `-- --sweep` a sweep of 400 scenarios with one worker and with all,
 * `-- --cache` the block caches against a bare LRU loop, `-- --cluster` a disaggregated cluster.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeRequestTrace } from '../../trace/decode.ts';
import { encodeRequestTrace } from '../../trace/encode.ts';
import { generateKimiLike } from '../../trace/generators/kimi-like.ts';
import { resolveTrace } from '../../trace/locate.ts';
import { caches } from './cache.ts';
import { cluster } from './cluster.ts';
import { measure, type Usage } from './measure.ts';
import { sweep } from './sweep.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..', '..');
const command = join(root, 'dist', 'reprise.mjs');
const work = mkdtempSync(join(tmpdir(), 'reprise-bench-'));

try {
  // A bundle older than a source would measure the TypeScript loader.
  measure([join(root, 'src', 'dev', 'build.mjs')], 1);
  if (process.argv.includes('--cache')) await caches(work);
  else if (process.argv.includes('--sweep')) sweep(command, work);
  else if (process.argv.includes('--cluster')) {
    cluster(command, work, (await resolveTrace(traceName())).path);
  } else await againstFloor();
  if (process.argv.includes('--scale')) await growth();
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The recorded conversation trace where it has been fetched. */
function traceName(): string {
  const fetched = existsSync(join(root, 'cache', 'traces', 'conversation.arrow'));
  return fetched ? 'conversation' : 'kimi-like';
}

async function againstFloor(): Promise<void> {
  const located = await resolveTrace(traceName());
  const trace = decodeRequestTrace(located.bytes, located.path);
  const columns = join(work, 'columns.bin');
  const parts = [trace.arrivalMs, trace.inputTokens, trace.outputTokens];
  writeFileSync(
    columns,
    Buffer.concat(parts.map((p) => new Uint8Array(p.buffer, p.byteOffset, p.byteLength))),
  );
  const idle = measure(['-e', '0'], 5);
  console.log(`trace ${located.name}: ${trace.count} requests, 16 instances`);
  console.log(`interpreter start-up alone: ${idle.cpuMs.toFixed(0)} ms CPU\n`);
  console.log(
    'what                                    CPU ms  over start-up  against floor  peak MiB',
  );
  for (const mode of ['fast', 'step']) {
    const floor = measure([join(here, 'floor.mjs'), columns, '16', mode]);
    line(`floor, ${mode}`, floor, idle, floor);
    for (const preset of ['reference-roofline', 'conversation-16xA100']) {
      const out = join(work, `runs-${mode}`);
      const args = ['replay', preset, '--trace', located.path, '--mode', mode, '--json'];
      const engine = measure([command, ...args, '--out', out]);
      line(`${preset}, ${mode}`, engine, idle, floor);
    }
  }
}

function line(what: string, usage: Usage, idle: Usage, floor: Usage): void {
  const net = usage.cpuMs - idle.cpuMs;
  const ratio = net / (floor.cpuMs - idle.cpuMs);
  const cells = [
    usage.cpuMs.toFixed(0).padStart(6),
    net.toFixed(0).padStart(13),
    `${ratio.toFixed(2)}x`.padStart(13),
    usage.peakMiB.toFixed(0).padStart(8),
  ];
  console.log(`${what.padEnd(38)}  ${cells.join('  ')}`);
}

/** CPU time and memory as the trace grows at a constant rate: near linear is the aim. */
async function growth(): Promise<void> {
  console.log('\nrequests on 64 instances  CPU s  requests/s  peak MiB  CPU ms per 1000 requests');
  for (const requests of [10_000, 100_000, 1_000_000]) {
    const path = join(work, `kimi-${requests}.arrow`);
    writeFileSync(path, encodeRequestTrace(generateKimiLike({ requests })));
    const args = ['replay', 'conversation-16xA100', '--trace', path, '--set', 'instances=64'];
    const usage = measure([command, ...args, '--json', '--out', join(work, 'grown')], 1);
    const cells = [
      (usage.cpuMs / 1000).toFixed(2).padStart(5),
      ((1000 * requests) / usage.cpuMs).toFixed(0).padStart(10),
      usage.peakMiB.toFixed(0).padStart(8),
      ((1000 * usage.cpuMs) / requests).toFixed(1).padStart(8),
    ];
    console.log(`${String(requests).padStart(24)}  ${cells.join('  ')}`);
  }
}
