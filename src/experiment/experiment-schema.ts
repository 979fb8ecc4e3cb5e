import { z } from 'zod';
import { tableSchemas } from '../results/schema.ts';
import { InputError } from '../units/input-error.ts';
import { schemaError } from '../units/schema-error.ts';
import { claimKinds, type Experiment } from './define.ts';

const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, dots and hyphens');
const text = z.string().min(1, 'a text');
const labelValue = z.union([z.string(), z.number(), z.boolean()]);
const labels = z.record(z.string(), labelValue);
const json = z.looseObject({});
const tableNames = Object.keys(tableSchemas) as [string, ...string[]];

const axis = z.union([
  z.strictObject({
    set: z.union([z.string(), z.array(z.string()).min(1)]),
    to: z.array(labelValue).min(1, 'at least one value'),
  }),
  z
    .record(z.string(), json)
    .refine((patches) => !('to' in patches), 'named patches, or { set, to }'),
]);
const axes = z.record(z.string(), axis);
const repeated = {
  seeds: z.array(z.int().min(0)).min(1).optional(),
  repetitions: z.int().min(1).optional(),
};
const scenarioSet = z.union([
  z.strictObject({ grid: z.strictObject({ base: json, axes }), ...repeated }),
  z.strictObject({ zip: z.strictObject({ base: json, axes }), ...repeated }),
  z.strictObject({
    list: z.strictObject({
      base: json.optional(),
      axis: z.string().optional(),
      cells: z.record(z.string(), json),
    }),
    ...repeated,
  }),
]);

const limit = z.number().positive().optional();
const absolute = z.strictObject({ ttftMs: limit, tpotMs: limit, e2eMs: limit, gapMs: limit });
const slo = z.union([
  absolute,
  z.strictObject({ byClass: z.record(z.string(), absolute) }),
  z.strictObject({
    multipleOf: labels,
    ttft: limit,
    tpot: limit,
    e2e: limit,
    statistic: z.enum(['mean', 'p50', 'p90', 'p99']).optional(),
  }),
]);

const tolerance = z.union([
  z.strictObject({ relative: z.number().min(0), reason: text }),
  z.strictObject({ absolute: z.number().min(0), reason: text }),
]);

/** A printed figure has at least one whole digit: a step beyond this share of it is none of its. */
const precisionShare = 0.1;

const claimMembers = z.strictObject({
  id: slug,
  says: text,
  source: z.strictObject({
    version: text,
    where: text,
    read: z.enum(['printed', 'read from a figure', 'derived']),
  }),
  kind: z.enum(claimKinds),
  published: z.number(),
  unit: text,
  precision: z.number().positive().optional(),
  sql: text,
  cells: labels.optional(),
  tolerance,
  notComparable: text.optional(),
  changes: z
    .array(
      z.strictObject({
        date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'YYYY-MM-DD'),
        what: text,
        why: text,
      }),
    )
    .optional(),
});

const claim = claimMembers
  .refine(
    ({ published, precision = 0 }) => {
      return published === 0 || precision <= precisionShare * Math.abs(published) * (1 + 1e-12);
    },
    {
      path: ['precision'],
      message: 'the step of the last printed digit: at most 10 % of what was published',
    },
  )
  .refine(({ published, tolerance }) => published !== 0 || 'absolute' in tolerance, {
    path: ['tolerance'],
    message: 'absolute where 0 was published',
  });

const capacity = z.strictObject({
  name: slug,
  cells: labels.optional(),
  rates: z.array(z.number().positive()).min(2, 'at least two rates'),
  slo,
  attainment: z.number().positive().max(1),
  confidence: z.number().min(0.5).lt(1).optional(),
  bisections: z.int().min(0).max(20).optional(),
});

const chart = z.strictObject({
  id: slug,
  title: z.union([text, z.strictObject({ sql: text })]),
  subtitle: text,
  sql: text,
  spec: json,
  interval: z.string().optional(),
});

const program = z.custom<() => Iterable<unknown>>((value) => typeof value === 'function');

const cellSets = z.union([program, scenarioSet, z.array(scenarioSet).min(1)]);

const members = z.strictObject({
  name: slug,
  paper: slug,
  question: text,
  scenarios: cellSets.optional(),
  analyses: cellSets.optional(),
  baselines: z.strictObject({ paper: labels.optional(), strongest: labels.optional() }).optional(),
  tables: z.union([z.enum(['all', 'summary']), z.array(z.enum(tableNames))]).optional(),
  slo: slo.optional(),
  measure: z
    .strictObject({ fromMs: z.number().min(0).optional(), toMs: z.number().positive().optional() })
    .optional(),
  capacities: z.array(capacity).optional(),
  views: z.record(z.string().regex(/^[a-z_][a-z0-9_]*$/, 'a plain SQL name'), text).optional(),
  constants: z
    .array(
      z.strictObject({
        name: text,
        value: z.number(),
        unit: text,
        source: text,
        setFrom: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  claims: z.array(claim).optional(),
  charts: z.array(chart).optional(),
  notes: z.string().optional(),
});

const experiment = members.refine(
  ({ scenarios, analyses }) => scenarios !== undefined || analyses !== undefined,
  { path: ['scenarios'], message: 'scenarios, analyses or both' },
);

/**
 * Checks what a file holds as an experiment; the scenarios themselves are checked when planned.
 * @throws InputError naming the place, the value and the rule
 */
export function parseExperiment(value: unknown): Experiment {
  const result = experiment.safeParse(value);
  if (!result.success) throw schemaError(experiment, result.error, value, 'experiment');
  const parsed = result.data as Experiment;
  for (const [list, member] of [
    [parsed.claims, 'claims'],
    [parsed.charts, 'charts'],
  ] as const) {
    const ids = (list ?? []).map(({ id }) => id);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) {
      throw new InputError(`two of id ${twice}`, { where: member, rule: 'an id of its own each' });
    }
  }
  return parsed;
}
