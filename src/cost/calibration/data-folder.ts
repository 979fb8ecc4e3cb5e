import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Folder with measurements of others: REPRISE_CALIBRATION_DATA, else `../shared/calibration` beside
 * the repository where that exists, else null.
 */
export function findCalibrationData(): string | null {
  const named = process.env.REPRISE_CALIBRATION_DATA;
  if (named) return existsSync(named) ? resolve(named) : null;
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
  const beside = root && join(root, '..', 'shared', 'calibration');
  return beside && existsSync(beside) ? resolve(beside) : null;
}

function packageRoot(folder: string): string | null {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : packageRoot(parent);
}
