import { join } from 'node:path';
import type { FidelityRow } from '../../experiment/fidelity-row.ts';
import { cardsText } from '../../trace/card.ts';
import { shippedFolder, traceNames } from '../../trace/locate.ts';
import { cardInputs } from '../../trace/shipped.ts';
import { writeWhole } from '../../trace/write.ts';
import { InputError } from '../../units/input-error.ts';

/**
 * Writes traces/README.md, and before it the comparison of each generated trace with its original
 * as `NAME.fidelity.md`, so that the cards can be tested where no original is at hand.
 */
export async function writeCards(): Promise<string> {
  const { checkFidelity } = await import('../../experiment/fidelity.ts');
  const folder = shippedFolder();
  for (const name of await traceNames(folder)) {
    try {
      const { original, rows } = await checkFidelity(name);
      await writeWhole(join(folder, `${name}.fidelity.md`), fidelityText(original, rows));
    } catch (error) {
      // A trace without an original has nothing to be compared with.
      if (!(error instanceof InputError)) throw error;
    }
  }
  const path = join(folder, 'README.md');
  await writeWhole(path, cardsText(await cardInputs(folder)));
  return path;
}

function fidelityText(original: string, rows: readonly FidelityRow[]): string {
  const parts = [true, false].flatMap((fitted) => {
    const group = rows.filter((row) => row.fitted === fitted);
    if (group.length === 0) return [];
    const within = group.filter((row) => row.ok).length;
    const words = fitted ? 'statistics it was fitted to' : 'it was not fitted to';
    return [`${within} of ${group.length} ${words} within tolerance`];
  });
  const misses = rows.filter((row) => !row.ok).map(missText);
  const missed = misses.length === 0 ? '' : `\n\nOutside tolerance:\n\n${misses.join('\n')}`;
  return `Against the ${original}: ${parts.join('; ')}.${missed}\n`;
}

function missText({ statistic, generated, original, unit, fitted }: FidelityRow): string {
  const value = (x: number) => String(Number(x.toPrecision(4)));
  const group = fitted ? 'fitted' : 'not fitted';
  return `- ${statistic}: ${value(generated)} against ${value(original)} ${unit} (${group})`;
}
