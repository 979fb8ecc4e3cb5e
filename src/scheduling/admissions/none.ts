/** None: every request is taken in, at arrival and where it decodes. */
import type { Admission } from '../../policy/admission.ts';
import { definePolicy } from '../../policy/registry.ts';

export const none = definePolicy<Admission, Record<string, never>>({
  kind: 'none',
  doc: 'every request is taken in',
  source: 'common practice',
  parameters: {},
  create: () => ({ atArrival: () => true, atDecode: () => true }),
});
