import { defineExperiment } from 'reprise';
import { equations } from './claims.ts';
import { fast25Quantities } from './equations.ts';

export default defineExperiment({
  name: 'fast25-equations',
  paper: 'mooncake',
  question: "Do the paper's own formulas give the figures that it prints?",
  analyses: {
    list: {
      axis: 'of',
      cells: { formulas: { kind: 'quantities', quantities: fast25Quantities } },
    },
  },
  claims: equations,
  notes:
    'The coefficients are those of table 1 (a = 4 counts the full score matrix). With causal ' +
    'attention and the weights of the model the break-even is lower: break-even-exact.',
});
