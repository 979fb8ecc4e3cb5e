// Preloaded into a measured process: writes what it used to the file that REPRISE_USAGE names.
const { writeFileSync } = require('node:fs');

const target = process.env.REPRISE_USAGE;
if (target && require('node:worker_threads').isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(target, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, maxRSS }));
  });
}
