import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRequestTrace } from '../trace/decode.ts';
import { importMooncake } from '../trace/importers/mooncake.ts';
import { importMultimodalCsv } from '../trace/importers/multimodal-csv.ts';
import { resolveTrace } from '../trace/locate.ts';
import { findTraceMirror } from '../trace/mirror.ts';
import type { RequestTrace } from '../trace/request-trace.ts';
import { unknownName } from '../units/nearest.ts';
import { kimiFidelity } from './fidelity-kimi.ts';
import { multimodalFidelity } from './fidelity-multimodal.ts';
import type { FidelityRow } from './fidelity-row.ts';

/** How a generated trace is held against its original. */
interface FidelityCheck {
  /** The original in words. */
  readonly original: string;
  readonly compare: (trace: RequestTrace, original?: RequestTrace) => FidelityRow[];
  /** The original, below the trace mirror. */
  readonly source: { file: string; load: (path: string) => Promise<RequestTrace> };
}

const checks: Readonly<Record<string, FidelityCheck>> = {
  'kimi-like': {
    original: 'conversation trace of kvcache-ai/Mooncake, FAST25-release',
    compare: kimiFidelity,
    source: {
      file: 'mooncake/conversation_trace.jsonl',
      load: (path) => importMooncake(path),
    },
  },
  multimodal: {
    original: 'image workload of alibaba/ServeGen, one hour at a third of its rate',
    compare: multimodalFidelity,
    source: {
      file: 'multimodal/servegen_mm_image_1h_third.csv',
      load: (path) => importMultimodalCsv(path),
    },
  },
};

export interface FidelityReport {
  readonly name: string;
  readonly original: string;
  /** Path of the original where it was at hand, null where its known aggregates stood in. */
  readonly originalFile: string | null;
  /** Every fitted statistic is within its tolerance. */
  readonly ok: boolean;
  readonly rows: readonly FidelityRow[];
}

/**
 * Holds a shipped trace against its original: the file itself where the trace mirror has it, else
 * its aggregates.
 */
export async function checkFidelity(name: string): Promise<FidelityReport> {
  const check = checks[name];
  if (check === undefined) throw unknownName('generated trace', name, Object.keys(checks));
  const { bytes, path } = await resolveTrace(name);
  const originalFile = findOriginal(check);
  const original = originalFile === null ? undefined : await check.source.load(originalFile);
  const rows = check.compare(decodeRequestTrace(bytes, path), original);
  const ok = rows.every((row) => row.ok || !row.fitted);
  return { name, original: check.original, originalFile, ok, rows };
}

function findOriginal({ source }: FidelityCheck): string | null {
  const mirror = findTraceMirror();
  if (mirror === null) return null;
  const path = join(mirror, source.file);
  return existsSync(path) ? path : null;
}
