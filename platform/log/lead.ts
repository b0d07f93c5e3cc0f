/**
 * One term of the leading relay: the procedure, and then batch by batch. It ends by itself when the lease, the session or
 * the gate does, and throws at anything unexpected; whatever it knew is void then.
 */
import { GATHER_EVENTS, gatherMs } from '../gathering.ts';
import { type Nudge, pause } from '../wait.ts';
import type { LeaseTerm } from './lease.ts';
import type { LogGate } from './logGate.ts';
import { readOutbox } from './outboxPage.ts';
import type { ServiceLog } from './ownStream.ts';
import { MAX_BATCH_MESSAGES } from './publish.ts';
import { publishBatch } from './publishBatch.ts';
import { reconcile } from './reconcile.ts';
import type { RelayRecord } from './relayRecord.ts';

/** How often to look into the outbox without a nudge. */
const POLL_MS = 500;

export interface GatedLog extends ServiceLog {
  readonly gate: LogGate;
  /** Events published at once; as many as the server takes, unless it is said. */
  readonly maxBatch?: number;
}

export interface LeaderDuty {
  /** Something was committed. */
  readonly work: Nudge;
  /** Aborted: publish what is committed, and no more. */
  readonly draining: AbortSignal;
  /** Aborted: publish no more. */
  readonly halting: AbortSignal;
  /** Where it stands. Settled: something was published, or nothing is left to publish. */
  onRecord(record: RelayRecord, settled: boolean): void;
}

export async function lead(log: GatedLog, lease: LeaseTerm, duty: LeaderDuty): Promise<void> {
  const over = AbortSignal.any([duty.halting, lease.ended, log.connection.session()]);
  const mayGoOn = () => !over.aborted && lease.held() && log.gate.isOpen();
  const { maxBatch = MAX_BATCH_MESSAGES } = log;
  const hurried = AbortSignal.any([over, duty.draining]);
  let record = await reconcile(log, lease);
  duty.onRecord(record, false);
  while (mayGoOn()) {
    const startedMs = performance.now();
    const { events, isAll } = await readOutbox(log.db, maxBatch);
    if (events.length === 0) {
      duty.onRecord(record, true);
      if (duty.draining.aborted) return;
    } else if (mayGoOn()) {
      record = await publishBatch(log, lease, record, events);
      duty.onRecord(record, true);
      const tookMs = performance.now() - startedMs;
      await pause(gatherMs(GATHER_EVENTS, tookMs, events.length / maxBatch), hurried);
    }
    if (isAll && mayGoOn() && !duty.draining.aborted) await duty.work.wait(POLL_MS, over);
  }
}
