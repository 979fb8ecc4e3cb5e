import type { Command } from 'commander';

export function addPolicies(program: Command): void {
  program
    .command('policies')
    .description('every policy with its parameters, defaults and meaning')
    .argument('[kind]', 'scheduler, order, placement, prefix-cache or clock')
    .option('--json', 'one JSON document on stdout')
    .action(async (kind: string | undefined, options: { json?: boolean }) => {
      const { policyReference } = await import('../../experiment/policy-reference.ts');
      const { bold, dim, print, printJson } = await import('../terminal.ts');
      const sections = policyReference(kind);
      if (options.json) return printJson(sections);
      for (const section of sections) {
        print(bold(section.kind));
        for (const policy of section.policies) {
          const oracle = policy.oracle.length > 0 ? `  [oracle: ${policy.oracle.join(', ')}]` : '';
          print(`  ${bold(policy.kind)}  ${policy.doc}${oracle}`);
          for (const [name, parameter] of Object.entries(policy.parameters)) {
            const unit = 'unit' in parameter && parameter.unit ? ` ${parameter.unit}` : '';
            print(`      ${name} = ${parameter.default}${unit}  ${dim(parameter.doc)}`);
          }
          print(`      ${dim(`source: ${policy.source}`)}`);
        }
        print();
      }
      print('Next: reprise replay --set groups.0.scheduler.kind=prefill-first');
    });
}
