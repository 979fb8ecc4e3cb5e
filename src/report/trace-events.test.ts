import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenStudy, openSmallStudy } from './fixtures/small-study.ts';
import type { Run } from './runs.ts';
import { traceEventLines } from './trace-events.ts';

let study: OpenStudy;
let run: Run;
let events: {
  ph: string;
  name: string;
  pid: number;
  id?: number;
  ts: number;
  dur?: number;
  args?: Record<string, unknown>;
}[];

beforeAll(async () => {
  study = await openSmallStudy();
  run = study.groups.flatMap((group) => group.runs).find((one) => one.rejected > 0) as Run;
  const lines: string[] = [];
  for await (const line of traceEventLines(study.session, run.run)) lines.push(line);
  const document = JSON.parse(lines.join('\n'));
  expect(document.traceEvents.length).toBe(lines.length - 2);
  events = document.traceEvents;
});
afterAll(() => study.close());

const of = (ph: string) => events.filter((event) => event.ph === ph);

describe('trace events', () => {
  it('has a slice for every row of steps, on the track of its instance', async () => {
    const rows = await study.session.objects(
      `FROM steps WHERE run = '${run.run}' ORDER BY start_ms, instance`,
    );
    const slices = of('X');
    expect(slices.length).toBe(rows.length);
    const last = rows[rows.length - 1]!;
    expect(slices[slices.length - 1]).toMatchObject({ pid: last.instance, name: last.kind });
    expect(slices[slices.length - 1]!.ts).toBeCloseTo(1000 * Number(last.start_ms), 2);
    expect(slices[slices.length - 1]!.dur).toBeCloseTo(
      1000 * (Number(last.end_ms) - Number(last.start_ms)),
      2,
    );
  });

  it('opens and closes a span and three stages for every finished request', () => {
    expect(of('b').length).toBe(4 * run.finished);
    const open = new Map<string, number>();
    for (const { ph, id, name, ts } of events) {
      const key = `${id} ${name}`;
      if (ph === 'b') open.set(key, ts);
      if (ph !== 'e') continue;
      expect(ts).toBeGreaterThanOrEqual(open.get(key) ?? Number.POSITIVE_INFINITY);
      open.delete(key);
    }
    expect(open.size).toBe(0);
  });

  it('lays the stages end to end', () => {
    const id = of('b')[0]!.id;
    const times = (name: string) =>
      events.filter((e) => e.id === id && e.name === name).map((e) => e.ts);
    const [request] = [times(`request ${id}`)];
    const [queue, prefill, decode] = ['queue', 'prefill', 'decode'].map(times) as [
      number[],
      number[],
      number[],
    ];
    expect([queue[0], decode[1]]).toEqual(request);
    expect([queue[1], prefill[1]]).toEqual([prefill[0], decode[0]]);
  });

  it('shows rejected requests, with the reason, apart from the instances', () => {
    const rejected = of('n');
    expect(rejected.length).toBe(run.rejected);
    expect(rejected[0]!.args).toMatchObject({
      status: 'rejected',
      reason: 'prompt larger than the KV budget',
    });
    expect(rejected[0]!.pid).toBe(run.instances);
  });

  it('counts waiting requests and KV tokens', () => {
    expect(new Set(of('C').map((event) => event.name))).toEqual(
      new Set(['waiting requests', 'KV tokens']),
    );
  });
});
