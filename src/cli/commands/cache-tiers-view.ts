import type { TierReplayResult } from '../../replay/cache/tiers.ts';
import { formatBytes, formatCount, formatMs, formatShare } from '../../units/format.ts';
import { bold, dim, print, printJson, printTable } from '../terminal.ts';
import type { TierRow } from './cache-tiers.ts';
import { type TierOptions, unbounded } from './cache-tiers-options.ts';

interface Shown extends TierOptions {
  readonly trace: string;
  readonly clock: string;
}

/** A table of tier sets: where blocks were found, what was loaded, and what that saved. */
export function printTiers(
  rows: readonly TierRow[],
  { trace, clock, overlap, nodes, routing, load }: Shown,
): void {
  const { requests, references } = rows[0]!.result;
  print(
    `${bold('host stores')} for ${trace}: ${formatCount(requests)} prompts of ${formatCount(references)} blocks`,
  );
  print(`${nodes === 1 ? 'one node' : `${nodes} nodes, ${routing}`}, loads ${overlap}, ${clock}`);
  print();
  const right = (title: string) => ({ title, align: 'right' as const });
  printTable(
    [
      { title: 'tiers' },
      right('found'),
      right('of blocks'),
      right('reused'),
      right('prefill saved'),
      right('of prefill'),
      right('loaded'),
      right('promoted'),
      right('demoted'),
      right('written through'),
    ],
    rows.map(({ result }) => [
      result.tiers.map(tierText).join(', '),
      result.tiers.map(({ found }) => found.toLocaleString('en')).join(' + '),
      formatShare(result.references === 0 ? 0 : result.found / result.references),
      result.tiers.map(({ reused }) => reused.toLocaleString('en')).join(' + '),
      formatMs(result.savedMs),
      formatShare(result.wholeMs === 0 ? 0 : result.savedMs / result.wholeMs),
      formatBytes(result.loadedBytes),
      formatBytes(result.promotedBytes),
      formatBytes(result.demotedBytes),
      formatBytes(result.writtenThroughBytes),
    ]),
  );
  print();
  const rates = new Map(
    rows.flatMap(({ result, bytesPerS }) =>
      result.tiers.map(({ medium }, tier) => [medium, bytesPerS[tier]!] as const),
    ),
  );
  const texts = [...rates].map(([medium, rate]) => `${medium} at ${(rate / 1e9).toFixed(1)} GB/s`);
  const source = load ? '' : ', as groups of a scenario load (128 GB/s for 8 GPUs, FAST 2025)';
  print(
    dim(
      `Loads: ${texts.join(', ')}${source}. Saved: the whole prompt computed against load and rest.`,
    ),
  );
}

function tierText({ medium, tokens }: TierReplayResult['tiers'][number]): string {
  return `${medium} ${tokens === unbounded ? 'inf' : formatCount(tokens)}`;
}

export function printTiersJson(rows: readonly TierRow[], { requests, overlap }: TierOptions): void {
  printJson(
    rows.map(({ result, bytesPerS }) => ({
      tiers: result.tiers.map(({ medium, tokens, found, reused, loadedBytes }, tier) => ({
        medium,
        tokens: tokens === unbounded ? null : tokens,
        bytes_per_s: bytesPerS[tier],
        found_blocks: found,
        reused_blocks: reused,
        loaded_bytes: loadedBytes,
      })),
      overlap,
      requests: result.requests,
      references: result.references,
      found_blocks: result.found,
      reused_blocks: result.reused,
      whole_prefill_ms: result.wholeMs,
      prefill_ms: result.prefillMs,
      saved_ms: result.savedMs,
      loaded_bytes: result.loadedBytes,
      stored_bytes: result.storedBytes,
      promoted_blocks: result.moves.promoted,
      promoted_bytes: result.promotedBytes,
      demoted_blocks: result.moves.demoted,
      demoted_bytes: result.demotedBytes,
      written_through_bytes: result.writtenThroughBytes,
      removed_blocks: result.moves.removed,
      nodes: result.nodes.map((node) => ({
        requests: node.requests,
        missing_blocks: node.missing,
      })),
      ...(requests && { rows: requestRows(result) }),
    })),
  );
}

function requestRows({ columns, requests, tiers }: TierReplayResult) {
  return Array.from({ length: requests }, (_, i) => ({
    node: columns.node[i],
    found_blocks: tiers.map((_tier, tier) => columns.found[i * tiers.length + tier]),
    reused_blocks: columns.reused[i],
    loaded_bytes: columns.loadedBytes[i],
    load_ms: columns.loadMs[i],
    whole_prefill_ms: columns.wholeMs[i],
    prefill_ms: columns.prefillMs[i],
    promoted_blocks: columns.promoted[i],
    demoted_blocks: columns.demoted[i],
  }));
}
