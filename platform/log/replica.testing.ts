/** Gate and relay of one replica within the test's process. */
import { logger, openLog, type TestLog } from './logFixture.testing.ts';
import { type LogGate, startLogGate } from './logGate.ts';
import { type Relay, startRelay } from './relay.ts';

export interface Replica {
  readonly log: TestLog;
  readonly gate: LogGate;
  readonly relay: Relay;
  close(): Promise<void>;
}

export async function startReplica(
  holder: string,
  databaseUrl: string,
  natsUrl: string,
  recheckMs?: number,
): Promise<Replica> {
  const log = await openLog(databaseUrl, natsUrl);
  const gate = startLogGate(log, logger, recheckMs);
  const relay = startRelay({ ...log, holder, gate, logger });
  return {
    log,
    gate,
    relay,
    async close() {
      await relay.stop(2_000);
      await gate.stop();
      await log.close();
    },
  };
}
