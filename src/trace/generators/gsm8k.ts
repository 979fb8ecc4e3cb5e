import { readFile } from 'node:fs/promises';
import { sha256 } from '../../units/canonical.ts';
import { InputError } from '../../units/input-error.ts';
import { catalogueEntry, importEntry } from '../fetch.ts';
import type { RequestTrace } from '../request-trace.ts';
import { findOriginal } from '../shipped.ts';

/** Token counts only: the question text is needed to measure them and does not ship. */
export async function generateGsm8k({
  requests,
  ...options
}: {
  seed?: number;
  requests?: number;
}): Promise<RequestTrace> {
  if (requests !== undefined) {
    throw new InputError('gsm8k takes no number of requests', {
      rule: 'it measures all questions',
    });
  }
  const entry = catalogueEntry('gsm8k-test');
  const file = findOriginal(entry);
  if (file === null) {
    throw new InputError('gsm8k is measured on the question text, which does not ship', {
      rule: 'run reprise traces fetch gsm8k-test first, or name a mirror in REPRISE_TRACE_MIRROR',
    });
  }
  if (sha256(await readFile(file)) !== entry.sha256) {
    throw new InputError('not the published file', { where: file, rule: `sha256 ${entry.sha256}` });
  }
  const seeded = { ...entry, name: 'gsm8k', options: { ...entry.options, ...options } };
  return importEntry(seeded, file);
}
