/**
 * `npm test`: the checks, then unit and integration tests against real servers, and the system from outside, in a few
 * processes at once. `npm test -- FILE...` runs only those test files, one after the other. Ends with the line
 * `N passed, N failed`.
 */
import { keepCompiled } from '../cli/compileCache.ts';
import { checks } from './checks.ts';
import { root, runSteps, type Step } from './run.ts';
import { testFiles } from './tests/files.ts';
import { killWorkers, runGroups } from './tests/pool.ts';
import { createReport } from './tests/report.ts';

/** More than the two cores that are asked for: tests of recovery wait a lot. Each may hold a whole system. */
const WORKERS = 3;
const servers: Step = {
  name: 'servers are fetched',
  command: 'node',
  args: ['scripts/tests/fetchServers.ts'],
};
const SAY_STILL_RUNNING_MS = 30_000;
const INTERRUPTED = 130;

process.chdir(root);
keepCompiled();
const only = process.argv.slice(2);
const unknown = only.filter((arg) => arg.startsWith('-'));
if (unknown.length > 0) {
  process.stderr.write(`unknown option ${unknown[0]}: npm test -- [FILE...]\n`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killWorkers();
    process.stderr.write('interrupted; the servers of the tests are being stopped\n');
    process.exit(INTERRUPTED);
  });
}

const { beside, alone } = only.length > 0 ? { beside: [], alone: [only] } : testFiles();
const steps = only.length > 0 ? [] : [...checks, servers];
const failedSteps = await runSteps(steps);

const report = createReport({
  files: [...beside, ...alone].flat().length,
  live: only.length > 0,
  write: (text) => process.stdout.write(text),
});
const heartbeat = setInterval(report.stillRunning, SAY_STILL_RUNNING_MS);
await runGroups(beside, WORKERS, report);
await runGroups(alone, 1, report);
clearInterval(heartbeat);
const { failed } = report.close({ passed: steps.length - failedSteps, failed: failedSteps });
process.exitCode = failed > 0 ? 1 : 0;
