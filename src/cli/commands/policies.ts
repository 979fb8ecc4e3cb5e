import type { Command } from 'commander';
import type { PolicySection } from '../../experiment/policy-reference.ts';

/** As `policyReference` has them, which loads every registry. */
export const policyKinds = [
  'scheduler',
  'order',
  'placement',
  'admission',
  'estimator',
  'lengths',
  'offline-assignment',
  'prefix-cache',
  'store',
  'cache',
  'clock',
];

export function addPolicies(program: Command): void {
  program
    .command('policies')
    .description('every policy with its parameters, defaults and meaning')
    .argument('[kind]', `${policyKinds.join(', ')}; the name of a policy; or a policy file`)
    .option('--json', 'one JSON document on stdout')
    .action(async (kind: string | undefined, options: { json?: boolean }) => {
      const { policyFileReference, policyReference } = await import(
        '../../experiment/policy-reference.ts'
      );
      const { bold, dim, print, printJson } = await import('../terminal.ts');
      const isFile = kind !== undefined && /\/|\.[cm]?[jt]s$/.test(kind);
      const sections = isFile
        ? await policyFileReference(kind)
        : (policiesNamed(kind, policyReference()) ?? policyReference(kind));
      if (options.json) return printJson(sections);
      for (const section of sections) {
        print(bold(section.kind));
        const common = commonParameters(section);
        if (common.length > 0) {
          print(`  ${dim('every policy takes')}`);
          for (const [name, parameter] of common) printParameter(name, parameter, { print, dim });
        }
        for (const policy of section.policies) {
          const oracle = policy.oracle.length > 0 ? `  [oracle: ${policy.oracle.join(', ')}]` : '';
          print(`  ${bold(policy.kind)}  ${policy.doc}${oracle}`);
          for (const [name, parameter] of Object.entries(policy.parameters)) {
            const shown = common.find(([one]) => one === name)?.[1];
            if (shown && shown.default === parameter.default) continue;
            printParameter(name, parameter, { print, dim });
          }
          print(`      ${dim(`source: ${policy.source}`)}`);
        }
        print();
      }
      const example = isFile
        ? 'placement.kind=./my-policy.ts'
        : 'groups.0.scheduler.kind=prefill-first';
      print(`Next: reprise replay --set ${example}`);
    });
}

/** The policies of that name, of whichever kinds; null for a name of a kind, or of no policy. */
function policiesNamed(
  name: string | undefined,
  sections: readonly PolicySection[],
): PolicySection[] | null {
  if (name === undefined || policyKinds.includes(name)) return null;
  const named = sections
    .map((section) => ({ ...section, policies: section.policies.filter((p) => p.kind === name) }))
    .filter(({ policies }) => policies.length > 0);
  return named.length > 0 ? named : null;
}

type Entry = [string, PolicySection['policies'][number]['parameters'][string]];

/** Parameters that all of many policies share, meaning and all: they are said once. */
function commonParameters({ policies }: PolicySection): Entry[] {
  const [first, ...others] = policies;
  if (first === undefined || others.length < 5) return [];
  return Object.entries(first.parameters).filter(([name, { doc }]) =>
    others.every(({ parameters }) => parameters[name]?.doc === doc),
  );
}

function printParameter(
  name: string,
  parameter: Entry[1],
  { print, dim }: { print: (line: string) => void; dim: (text: string) => string },
): void {
  const unit = 'unit' in parameter && parameter.unit ? ` ${parameter.unit}` : '';
  print(`      ${name} = ${parameter.default}${unit}  ${dim(parameter.doc)}`);
}
