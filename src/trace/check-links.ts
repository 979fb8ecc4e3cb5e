import type { Findings } from './findings.ts';
import type { MediaColumns, RequestTrace } from './request-trace.ts';

/** Request ids are unique; a parent exists, comes earlier, and belongs to the same session. */
export function checkLinks(trace: RequestTrace, findings: Findings): void {
  const rowOf = rowsById(trace, findings);
  const { parentRequestId, arrivalMs, sessionId, count } = trace;
  if (parentRequestId === null) return;
  for (let row = 0; row < count; row++) {
    const parent = parentRequestId[row] as number;
    if (parent === -1) continue;
    const at = rowOf(parent);
    const add = (rule: string, message: string) =>
      findings.add(rule, row, 'parent_request_id', parent, message);
    if (at === undefined) add('parent-exists', 'the request_id of a row');
    else if (at >= row) add('parent-before-child', 'a row before this one');
    else if ((arrivalMs[at] as number) > (arrivalMs[row] as number)) {
      add('parent-before-child', 'arrives before this one');
    } else if (sessionId && sessionId[at] !== sessionId[row]) {
      add('parent-session', `session ${sessionId[at]}, not ${sessionId[row]}`);
    }
  }
}

/** Row of a request id; a map only where ids are not the row numbers themselves. */
function rowsById(
  { requestId, count }: RequestTrace,
  findings: Findings,
): (id: number) => number | undefined {
  if (requestId.every((id, row) => id === row)) return (id) => (id < count ? id : undefined);
  const rows = new Map<number, number>();
  for (const [row, id] of requestId.entries()) {
    const before = rows.get(id);
    if (before === undefined) rows.set(id, row);
    else findings.add('request-id-unique', row, 'request_id', id, `also the id of row ${before}`);
  }
  return (id) => rows.get(id);
}

/** Sizes are whole, positions lie inside the prompt, and one media id stands for one medium. */
export function checkMedia(trace: RequestTrace, findings: Findings): void {
  const { media, count, inputTokens } = trace;
  if (media === null) return;
  const firstOf = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    const end = media.offsets[row + 1] as number;
    for (let i = media.offsets[row] as number; i < end; i++) {
      const width = media.width[i] as number;
      const height = media.height[i] as number;
      const position = media.position[i] as number;
      if (width === 0 || height === 0 || (width === -1) !== (height === -1)) {
        const message = 'width and height are both positive, or both null';
        findings.add('media-size', row, 'media', `${width}x${height}`, message);
      }
      if (media.durationMs[i] === 0) {
        findings.add('media-duration', row, 'media', 0, 'positive, or null');
      }
      if (position > (inputTokens[row] as number)) {
        const message = `at most the ${inputTokens[row]} text tokens of the prompt`;
        findings.add('media-position', row, 'media', position, message);
      }
      checkIdentity(media, i, row, firstOf, findings);
    }
  }
}

const identity = ['kind', 'tokens', 'width', 'height', 'durationMs'] as const;

function checkIdentity(
  media: MediaColumns,
  i: number,
  row: number,
  firstOf: Map<number, number>,
  findings: Findings,
): void {
  const id = media.id[i] as number;
  if (id === -1) return;
  const first = firstOf.get(id);
  if (first === undefined) {
    firstOf.set(id, i);
    return;
  }
  for (const member of identity) {
    if (media[member][i] === media[member][first]) continue;
    const message = `${member} ${media[member][i]}, but ${media[member][first]} in an earlier place`;
    findings.add('media-id', row, 'media', id, message);
  }
}
