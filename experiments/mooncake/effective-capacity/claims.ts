import { type Claim, defineClaims } from 'reprise';
import { baselines, gainLimitsMs, limitsMs, type Workload, workloads } from './published.ts';

const version = "FAST'25";
const figures = { conversation: 'figures 1 and 6', toolagent: 'figure 6', synthetic: 'figure 7' };
type Name = keyof typeof figures;
type ClockName = 'measured' | 'analytic';

const standIn =
  'the trace of the figure was not obtained; shown is toolagent-like, generated from what the ' +
  'paper says of it';
const notComparable = (name: string) => (name === 'toolagent' ? { notComparable: standIn } : {});
const suffix = (clock: ClockName) => (clock === 'analytic' ? '-analytic' : '');

/** Share of requests within TTFT of 30 s and a limit of TBT. */
function share(
  name: Name,
  system: keyof Workload['within'],
  i: number,
  { clock, ours, as = '' }: { clock: ClockName; ours: string; as?: string },
): Claim {
  const limit = limitsMs[i] as number;
  const { within } = workloads[name] as Workload;
  return {
    id: `fast25-capacity-${name}-${system}${as}-${limit}ms${suffix(clock)}`,
    says: `Requests of ${name} with TBT of at most ${limit} ms, ${system} on 16 nodes: ours ${ours}, rate of the trace, ${clock} clock`,
    source: { version, where: figures[name], read: 'read from a figure' },
    kind: 'postdicted',
    published: (within[system][i] as number) / 100,
    unit: 'of requests',
    cells: { workload: name, clock, rate: 1, system: ours },
    sql: `SELECT share AS replayed FROM served WHERE limit_ms = ${limit}`,
    tolerance: { absolute: 0.03, reason: 'reading of the figure; the hour is one of many' },
    ...notComparable(name),
  };
}

const others = baselines.map((system) => [system, system] as const);
const shares = (Object.keys(figures) as Name[]).flatMap((name) =>
  limitsMs.flatMap((limit, i): Claim[] => {
    const printed = (gainLimitsMs as readonly number[]).includes(limit);
    if (name === 'toolagent' && !printed) return [];
    return [
      ...[['mooncake', '8P8D'] as const, ...others].flatMap(([system, ours]) => [
        share(name, system, i, { clock: 'measured', ours }),
        ...(printed ? [share(name, system, i, { clock: 'analytic', ours })] : []),
      ]),
      ...(printed
        ? [
            share(name, 'mooncake', i, { clock: 'measured', ours: '10P6D', as: '-10p6d' }),
            share(name, 'vllm-chunked', i, {
              clock: 'measured',
              ours: 'vllm-chunked-2048',
              as: '-2048',
            }),
          ]
        : []),
    ];
  }),
);

/** Over the best of vLLM's three modes. */
function gain(
  name: Name,
  i: number,
  { clock, column, as }: { clock: ClockName; column: 'gain' | 'gain_2048'; as: string },
): Claim {
  const limit = gainLimitsMs[i] as number;
  const budget = column === 'gain' ? 512 : 2048;
  return {
    id: `fast25-gain-${name}-${limit}ms${as}${suffix(clock)}`,
    says: `Gain in requests of ${name} with TBT of at most ${limit} ms over the best mode of vLLM: 8P8D, chunks of ${budget}, rate of the trace, ${clock} clock`,
    source: { version, where: 'section 5.2', read: 'printed' },
    kind: 'postdicted',
    published: (workloads[name] as Workload).gains[i] as number,
    precision: 0.01,
    unit: 'more requests',
    cells: { workload: name, clock, rate: 1 },
    sql: `SELECT ${column} AS replayed FROM gains
      WHERE limit_ms = ${limit} AND mooncake = '8P8D'`,
    tolerance: { relative: 0.1, reason: 'the quotient of two shares, each with its own error' },
    ...notComparable(name),
  };
}

const gains = (Object.keys(figures) as Name[]).flatMap((name) =>
  gainLimitsMs.flatMap((_, i) => [
    gain(name, i, { clock: 'measured', column: 'gain', as: '' }),
    gain(name, i, { clock: 'analytic', column: 'gain', as: '' }),
    gain(name, i, { clock: 'measured', column: 'gain_2048', as: '-2048' }),
    gain(name, i, { clock: 'analytic', column: 'gain_2048', as: '-2048' }),
  ]),
);

const shapes = (['measured', 'analytic'] as const).flatMap((clock): Claim[] => {
  const common = {
    kind: 'shape',
    published: 1,
    unit: 'holds',
    source: { version, where: 'section 5.2, figures 6 and 7', read: 'printed' },
    tolerance: { absolute: 0, reason: 'it holds or it does not' },
  } as const;
  return (['conversation', 'synthetic'] as const).flatMap((name): Claim[] => [
    {
      ...common,
      id: `fast25-capacity-${name}-most-${clock}`,
      says: `At each limit from 75 ms Mooncake serves more of ${name} than any mode of vLLM (${clock} clock)`,
      cells: { workload: name, clock, rate: 1 },
      sql: `SELECT bool_and(gain > 0) AS replayed FROM gains
        WHERE mooncake = '8P8D' AND limit_ms BETWEEN 75 AND 300`,
    },
    {
      ...common,
      id: `fast25-gain-${name}-falls-${clock}`,
      says: `The gain on ${name} is the larger the tighter the limit (${clock} clock)`,
      cells: { workload: name, clock, rate: 1 },
      sql: `SELECT max(gain) FILTER (limit_ms = 100) > max(gain) FILTER (limit_ms = 200)
          AND max(gain) FILTER (limit_ms = 200) > max(gain) FILTER (limit_ms = 300) AS replayed
        FROM gains WHERE mooncake = '8P8D'`,
    },
  ]);
});

/** Claims on figures 1, 6 and 7, and on the gains of section 5.2. */
export const claims = defineClaims([...shares, ...gains, ...shapes]);

const prefillSystems = { mooncake: '8P8D', vllm: 'vllm', 'vllm-prefix': 'vllm-prefix' } as const;

const prefillS = (Object.keys(figures) as Name[]).flatMap((name): Claim[] => {
  const one = workloads[name] as Workload;
  const source = { version, where: 'figure 8', read: 'read from a figure' } as const;
  const ours = (system: string) => `max(prefill_s) FILTER (system = '${system}')`;
  return Object.entries({ ...prefillSystems, 'vllm-chunked': 'vllm-chunked' }).flatMap(
    ([system, label]): Claim[] => {
      const key = system as keyof Workload['prefillS'];
      const common = { kind: 'postdicted', cells: { workload: name } } as const;
      return [
        {
          ...common,
          id: `fast25-prefill-s-${name}-${system}`,
          says: `Prefill GPU seconds of a request of ${name}, ${system}`,
          source,
          published: one.prefillS[key],
          precision: 0.01,
          unit: 's',
          sql: `SELECT ${ours(label)} AS replayed FROM prefill_times`,
          tolerance: { relative: 0.05, reason: 'the fit of figure 14 is within 1.5 %; readings' },
          ...notComparable(name),
        },
        ...(key === 'mooncake'
          ? []
          : [
              {
                ...common,
                id: `fast25-prefill-ratio-${name}-${system}`,
                says: `The same over that of Mooncake, ${name}, ${system}`,
                source: { ...source, read: 'printed' as const },
                published: one.prefillRatio[key],
                precision: 0.01,
                unit: 'of Mooncake',
                sql: `SELECT ${ours(label)} / ${ours('8P8D')} AS replayed FROM prefill_times`,
                tolerance: { relative: 0.05, reason: 'the quotient of two such times' },
                ...notComparable(name),
              },
            ]),
      ];
    },
  );
});

/** The other reading of GPU time: what is computed, without what a step waits for. */
const computed = (Object.keys(figures) as Name[]).flatMap((name): Claim[] => {
  const { prefillS: seconds, prefillRatio } = workloads[name] as Workload;
  const ours = (system: string) => `max(prefill_s) FILTER (system = '${system}')`;
  const common = { kind: 'postdicted', cells: { workload: name }, ...notComparable(name) } as const;
  return [
    {
      ...common,
      id: `fast25-prefill-computed-s-${name}-mooncake`,
      says: `Prefill GPU seconds of a request of ${name}, mooncake: what is computed alone`,
      source: { version, where: 'figure 8', read: 'read from a figure' },
      published: seconds.mooncake,
      precision: 0.01,
      unit: 's',
      sql: `SELECT ${ours('8P8D')} AS replayed FROM computed_times`,
      tolerance: { relative: 0.05, reason: 'the fit of figure 14 is within 1.5 %; readings' },
    },
    ...(['vllm', 'vllm-prefix'] as const).map(
      (system): Claim => ({
        ...common,
        id: `fast25-prefill-computed-ratio-${name}-${system}`,
        says: `The same of ${system} over that of Mooncake, ${name}: what is computed alone`,
        source: { version, where: 'figure 8', read: 'printed' },
        published: prefillRatio[system],
        precision: 0.01,
        unit: 'of Mooncake',
        sql: `SELECT ${ours(system)} / ${ours('8P8D')} AS replayed FROM computed_times`,
        tolerance: { relative: 0.05, reason: 'the quotient of two such times' },
      }),
    ),
  ];
});

/** Claims on figure 8. */
export const prefillClaims = defineClaims([...prefillS, ...computed]);
