/**
 * A process that runs the test files it is told, one after the other, and then ends the servers that they started: these
 * live as long as it does. Tells its parent each line of the report, and how each file went.
 */
import { format } from 'node:util';
import Mocha from 'mocha';
import { stopTestServers } from '../../cli/servers/testing.ts';
import { stopSystem } from '../../e2e/support/system.ts';

/** What the parent says: a file to run, or that there are no more. */
export type ToWorker = { readonly file: string } | 'end';

export interface Ran {
  readonly passes: number;
  readonly failures: number;
  /** The failures in full. */
  readonly failed: string;
}
export type FromWorker = { readonly line: string } | Ran;

/** Of a test that says no other. Generous: three processes share what may be one busy core. */
const TIMEOUT_MS = 60_000;
const LEAK_MS = 20_000;

const { Base, Spec } = Mocha.reporters;

/** The failures are listed at the end of the whole run, by the parent. */
class Report extends Spec {
  override epilogue(): void {}
}

const tell = (message: FromWorker): void => void process.send?.(message);
const tellLine = (...data: unknown[]): void => tell({ line: format(...data) });
Base.consoleLog = tellLine;

function inFull(failed: Mocha.Test[]): string {
  const lines: string[] = [];
  Base.consoleLog = (...data) => lines.push(format(...data));
  Base.list(failed);
  Base.consoleLog = tellLine;
  return lines.join('\n');
}

async function runFile(file: string): Promise<Ran> {
  const mocha = new Mocha({ timeout: TIMEOUT_MS, forbidOnly: true, forbidPending: true, reporter: Report });
  mocha.addFile(file);
  try {
    await mocha.loadFilesAsync();
  } catch (error) {
    return { passes: 0, failures: 1, failed: format(error) };
  }
  const failed: Mocha.Test[] = [];
  const passes = await new Promise<number>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats?.passes ?? 0));
    runner.on('fail', (test) => failed.push(test));
  });
  // Else its listeners stay with the process, a pair for each file.
  mocha.dispose();
  if (passes + failed.length === 0) return { passes, failures: 1, failed: 'the file has no tests' };
  return { passes, failures: failed.length, failed: inFull(failed) };
}

async function end(): Promise<void> {
  // In this order: the system runs on servers of its own, or on those.
  await stopSystem();
  await stopTestServers();
  process.off('disconnect', die);
  process.disconnect?.();
  // What still holds the process open is a leak, and no reason to wait for ever.
  setTimeout(() => {
    process.stderr.write(`left open: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  }, LEAK_MS).unref();
}

/** Nobody is left to report to. The watchdog ends what was started. */
const die = (): never => process.exit(1);

process.on('disconnect', die);
process.on('message', (message: ToWorker) => {
  void (message === 'end' ? end() : runFile(message.file).then(tell));
});
