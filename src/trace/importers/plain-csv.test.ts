import { describe, expect, it } from 'vitest';
import type { TimeUnit } from './plain-csv.ts';
import { fuzzImporter, importerOf, scratchFolder } from './testing.ts';

const run = importerOf('csv', scratchFolder());
const header = 'arrival_ms,input_tokens,output_tokens';

describe('importPlainCsv', () => {
  it('takes columns of the schema by their own names, and notes the others', async () => {
    const text = [
      `${header},request_id,parent_request_id,session_id,priority,cancel_ms,tenant,model`,
      '0.5,10,1,7,,s,2,,"Müller, KG",x',
      '1.5,20,2,9,7,s,,50,,x',
    ].join('\n');
    const trace = await run(text, { licence: 'CC0', kind: 'sampled' });
    expect([...trace.requestId]).toEqual([7, 9]);
    expect([...(trace.parentRequestId ?? [])]).toEqual([-1, 7]);
    expect([...(trace.sessionId ?? [])]).toEqual([0, 0]);
    expect([...(trace.priority ?? [])]).toEqual([2, -1]);
    expect([...(trace.cancelMs ?? [])]).toEqual([Number.NaN, 50]);
    expect(trace.tenant?.labels).toEqual(['Müller, KG']);
    expect(trace.meta).toMatchObject({
      kind: 'sampled',
      licence: 'CC0',
      notes: 'columns not imported: model',
    });
  });

  it('maps columns of other names', async () => {
    const map = 'arrival_ms=t, input_tokens=in=put, output_tokens=out';
    const trace = await run('out,t,in=put\n3,1,2', { map });
    expect([trace.arrivalMs[0], trace.inputTokens[0], trace.outputTokens[0]]).toEqual([1, 2, 3]);
  });

  const units: [TimeUnit, string, number][] = [
    ['ms', '1.25', 1.25],
    ['s', '0.0001', 0.1],
    ['s', '16.007', 16_007],
    ['us', '1e3', 1],
    ['ns', '1500000', 1.5],
    ['datetime', '2024-01-01 00:00:00', 0],
  ];
  for (const [timeUnit, text, ms] of units) {
    it(`reads ${text} in ${timeUnit} as ${ms} ms`, async () => {
      const trace = await run(`${header}\n${text},1,1`, { timeUnit });
      expect(trace.arrivalMs[0]).toBe(ms);
    });
  }

  it('counts arrivals from the first where asked', async () => {
    const text = `${header}\n1700000000,1,1\n1700000002,1,1`;
    const trace = await run(text, { timeUnit: 's', fromFirst: true });
    expect([...trace.arrivalMs]).toEqual([0, 2000]);
  });

  const refused: [string, string, object, RegExp][] = [
    ['a target it does not know', header, { map: 'inptu_tokens=a' }, /did you mean input_tokens/],
    ['a mapping without a column', header, { map: 'input_tokens' }, /bad mapping/],
    ['a mapping to a missing column', header, { map: 'tenant=who' }, /missing column "who"/],
    ['a missing column', 'arrival_ms,input_tokens\n1,1', {}, /missing column "output_tokens"/],
    ['an infinite time', `${header}\nInfinity,1,1`, {}, /bad value "Infinity" .*arrival_ms/],
    ['a time beyond all bounds', `${header}\n1e300,1,1`, {}, /below 285 years/],
    ['a time in hexadecimal', `${header}\n0x10,1,1`, {}, /bad value "0x10"/],
    ['a priority beyond 127', `${header},priority\n0,1,1,128`, {}, /a priority from 0 to 127/],
    [
      'a parent that comes later',
      `${header},parent_request_id\n0,1,1,0`,
      {},
      /parent-before-child/,
    ],
  ];
  for (const [title, text, options, message] of refused) {
    it(`refuses ${title}`, async () => {
      await expect(run(text, options)).rejects.toThrow(message);
    });
  }

  it('survives damaged input', async () => {
    await fuzzImporter(run, `${header},tenant\n0,10,1,a\n1.5,20,2,"b ""c"""\n`);
  });
});
