/** Asks the admin endpoints of processes for their log levels, or changes these. */
import type { LogLevel } from '../../platform/logging.ts';
import { addressesOf, type ProcessName } from '../addresses.ts';
import { table } from '../table.ts';

export interface Wanted {
  readonly processes: readonly ProcessName[];
  /** Unset: it is only told. */
  readonly level?: LogLevel;
  /** `host:port` of the only process, if it is not that of a local system. */
  readonly admin?: string;
}

interface Told {
  readonly process: ProcessName;
  readonly level?: string;
  readonly error?: string;
}

const TIMEOUT_MS = 5_000;
const EXIT_FAILED = 1;

/** Prints each; the exit code: 1 if any did not answer. */
export async function logLevels(wanted: Wanted, json: boolean): Promise<number> {
  const told = await Promise.all(wanted.processes.map((name) => ask(name, wanted)));
  const rows = told.map(({ process: name, level, error }) => [name, level ?? error ?? '']);
  process.stdout.write(
    json
      ? told.map((each) => `${JSON.stringify(each)}\n`).join('')
      : `${table([['PROCESS', 'LEVEL'], ...rows])}\n`,
  );
  return told.some(({ error }) => error !== undefined) ? EXIT_FAILED : 0;
}

async function ask(name: ProcessName, { level, admin }: Wanted): Promise<Told> {
  const address = admin ?? addressesOf(process.env.ORDERLOG_PORT_BASE).admin[name];
  const change = level && {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ level }),
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`http://${address}/log-level`, { ...change, signal });
    const answer = (await response.json()) as { level?: string; error?: string };
    if (response.ok && answer.level !== undefined) return { process: name, level: answer.level };
    return { process: name, error: answer.error ?? `answered ${response.status}` };
  } catch {
    return { process: name, error: `nobody answers at ${address}` };
  }
}
