/**
 * `npm test`: the checks, then unit and integration tests against real servers, then the system from outside.
 * `npm test -- FILE...` runs only those test files. Ends with the line `N passed, N failed`.
 */
import { globSync } from 'node:fs';
import Mocha from 'mocha';
import { mochaHooks } from '../cli/servers/mochaHooks.ts';
import { stopSystem } from '../e2e/support/system.ts';
import { checks } from './checks.ts';
import { root, runSteps } from './run.ts';

const STOP_SYSTEM_MS = 60_000;

async function stopSystemInTime(this: Mocha.Context): Promise<void> {
  this.timeout(STOP_SYSTEM_MS);
  await stopSystem();
}

process.chdir(root);
const only = process.argv.slice(2);
const unknown = only.filter((arg) => arg.startsWith('-'));
if (unknown.length > 0) {
  process.stderr.write(`unknown option ${unknown[0]}: npm test -- [FILE...]\n`);
  process.exit(2);
}

const files =
  only.length > 0
    ? only
    : [
        ...globSync('{platform,services,projector,gateway,cli,scripts,simulator}/**/*.test.ts').sort(),
        ...globSync('{e2e,chaos}/**/*.test.ts').sort(),
      ];
const failedChecks = only.length > 0 ? 0 : await runSteps(checks);
const passedChecks = only.length > 0 ? 0 : checks.length - failedChecks;

// Hooks run in order: what runs on the servers ends before them.
const rootHooks = { afterAll: [stopSystemInTime, mochaHooks.afterAll].flatMap((hook) => hook ?? []) };
const mocha = new Mocha({ timeout: 30_000, forbidOnly: true, forbidPending: true, rootHooks });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const { passes, failures } = await new Promise<{ passes: number; failures: number }>((resolve) => {
  const runner = mocha.run(() => resolve(runner.stats ?? { passes: 0, failures: 1 }));
});

const failed = failures + failedChecks;
process.stdout.write(`\n${passes + passedChecks} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passes === 0 ? 1 : 0;
// What still holds the process open is a leak, and no reason to wait for ever.
setTimeout(() => {
  process.stderr.write(`left open: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.exit(1);
}, 20_000).unref();
