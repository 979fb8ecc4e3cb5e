/**
 * Named quantities: figures that follow from a formula alone, so that SQL and claims can read them
 * beside the figures of replays. An experiment file computes them with functions of its own and
 * gives the values; they are the specification, so that other values are another run.
 */
import { z } from 'zod';
import { InputError } from '../units/input-error.ts';
import { schemaError } from '../units/schema-error.ts';
import { columnsOf, defineAnalyser } from './analyser.ts';

export const quantitiesSchema = z.strictObject({
  kind: z.literal('quantities'),
  quantities: z
    .array(
      z.strictObject({
        name: z.string().min(1, 'a text'),
        value: z.number(),
        unit: z.string().min(1, 'a text'),
        /** The formula in words, and where it stands. */
        source: z.string().min(1, 'a text'),
      }),
    )
    .min(1),
});

type QuantitiesSpec = z.output<typeof quantitiesSchema> & { readonly [member: string]: unknown };

export const quantitiesAnalyser = defineAnalyser<QuantitiesSpec, null>({
  kind: 'quantities',
  doc: 'figures that an experiment computes from formulas, as a table',
  source: 'the experiment itself',
  tables: ['quantities'],
  parse(given) {
    const result = quantitiesSchema.safeParse(given);
    if (!result.success) throw schemaError(quantitiesSchema, result.error, given, 'analysis');
    const names = result.data.quantities.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined) return result.data;
    const rule = 'a name of its own each';
    throw new InputError(`two quantities ${twice}`, { where: 'quantities', rule });
  },
  decode: null,
  analyse({ quantities }) {
    return { quantities: columnsOf(quantities) };
  },
});
