/** A relay in a process of its own, to be stopped and killed; and the main of that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { logger, openLog } from './logFixture.testing.ts';
import { startLogGate } from './logGate.ts';
import { startRelay } from './relay.ts';

export interface RelayProcess {
  readonly holder: string;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, also to a stopped one. */
  kill(): Promise<void>;
}

const self = fileURLToPath(import.meta.url);

export function spawnRelay(holder: string, databaseUrl: string, natsUrl: string): RelayProcess {
  const child: ChildProcess = spawn(process.execPath, [self, holder, databaseUrl, natsUrl], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const gone = once(child, 'exit');
  return {
    holder,
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

if (process.argv[1] === self) {
  const [holder = '', databaseUrl = '', natsUrl = ''] = process.argv.slice(2);
  const log = await openLog(databaseUrl, natsUrl);
  const gate = startLogGate(log, logger);
  startRelay({ ...log, holder, gate, logger });
}
