import type { Command } from 'commander';

export function addPresets(program: Command): void {
  program
    .command('presets')
    .description('ready scenarios and the parameters that --set takes for them')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { json?: boolean }) => {
      const { presets } = await import('../../experiment/presets.ts');
      const { bold, print, printJson } = await import('../terminal.ts');
      if (options.json) return printJson(presets);
      for (const preset of presets) {
        print(`${bold(preset.name)}  ${preset.doc}`);
        for (const [name, path] of Object.entries(preset.parameters)) {
          print(`    ${name}  sets ${path}`);
        }
      }
      print();
      print('Next: reprise replay conversation-16xA100 --trace kimi-like');
    });
}
