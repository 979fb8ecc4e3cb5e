// CommonJS: loaded by the build script and, where no bundle runs, by the sources themselves.
const { createHash } = require('node:crypto');
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Rooms whose sources can change what a replay computes. */
const rooms = [
  'units',
  'hardware',
  'tables',
  'model',
  'trace',
  'cost',
  'policy',
  'scheduling',
  'caching',
  'compression',
  'replay',
  'results',
];

/** sha256 over the sources that can change a result (tests and benchmarks left out). */
function engineVersion(root) {
  const hash = createHash('sha256');
  for (const room of rooms) {
    for (const path of sources(root, join('src', room))) {
      hash
        .update(path)
        .update('\0')
        .update(readFileSync(join(root, path)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

function sources(root, folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  const found = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'testing') found.push(...sources(root, path));
    } else if (/\.ts$/.test(entry.name) && !/\.(test|bench|fixture)\.ts$/.test(entry.name)) {
      found.push(path);
    }
  }
  return found.sort();
}

module.exports = { engineVersion };
