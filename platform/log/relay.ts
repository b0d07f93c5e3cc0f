/**
 * The relay: publishes a service's outbox to its stream, every event exactly once, in the order of its aggregate.
 *
 * Of all replicas the one that holds the lease `relay` leads. A term begins with the one procedure (reconcile.ts), and
 * goes on batch by batch: read the outbox, publish right behind the last sequence that this leader read or was
 * acknowledged for, record it. At most one batch is beyond the record. Anything unexpected ends the term, and with it all
 * that was in memory; the next term begins with the procedure again. So a publish that is repeated, late, or comes from a
 * leader that was paused, is refused by the server, and a record that such a leader writes is refused by the database.
 *
 * Commits nudge it: in this process directly, from other replicas over core NATS; it looks by itself now and then.
 */
import type { Logger } from 'pino';
import { backoffMs, createNudge, pause } from '../wait.ts';
import { type GatedLog, type LeaderDuty, lead } from './lead.ts';
import { tryLease } from './lease.ts';
import { LogMismatch } from './logMismatch.ts';

const LEASE_TTL_MS = 3_000;
const MAX_BACKOFF_MS = 5_000;

export interface RelayOptions extends GatedLog {
  /** Unique to this process and its life. */
  readonly holder: string;
  readonly logger: Logger;
}

export interface RelayStatus {
  /** Whether this process leads; what follows is of its present term, or its last. */
  readonly leader: boolean;
  readonly leaseEpoch: bigint;
  /** The sequence up to which everything is recorded as published. */
  readonly position: number;
  readonly streamEpoch: number;
  /** Why it does not publish; undefined if it does, or another one leads. */
  readonly error: string | undefined;
}

export interface Relay {
  /** Something was committed. */
  nudge(): void;
  status(): RelayStatus;
  /** Publishes what is committed if it leads, at most for the grace, and gives the lease back. */
  stop(graceMs: number): Promise<void>;
}

/** The core NATS subject on which a service's replicas tell its leader of commits. */
export const nudgeSubject = (service: string): string => `orderlog.nudge.${service}`;

export function startRelay(options: RelayOptions): Relay {
  const { connection, gate, logger, service, spec } = options;
  const stopping = new AbortController();
  const halting = new AbortController();
  const work = createNudge();
  let failures = 0;
  let status: RelayStatus = { leader: false, leaseEpoch: 0n, position: 0, streamEpoch: 0, error: undefined };
  const duty: LeaderDuty = {
    work,
    draining: stopping.signal,
    halting: halting.signal,
    onRecord({ position, epoch }, settled) {
      if (settled) failures = 0;
      status = { ...status, position, streamEpoch: epoch, ...(settled && { error: undefined }) };
    },
  };

  /** One attempt to lead; ends when the term does. */
  async function attempt(): Promise<void> {
    const lease = await tryLease({ ...options, name: 'relay', ttlMs: LEASE_TTL_MS });
    if (!lease) {
      status = { ...status, error: undefined };
      return pause(LEASE_TTL_MS / 3, stopping.signal);
    }
    status = { ...status, leader: true, leaseEpoch: lease.epoch };
    logger.info({ leaseEpoch: lease.epoch }, `the relay of ${spec.name} leads`);
    try {
      await lead(options, lease, duty);
    } finally {
      status = { ...status, leader: false };
      await lease.release();
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await connection.whenConnected(stopping.signal);
      await gate.whenOpen(stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await attempt();
      } catch (error) {
        failures++;
        const message = error instanceof Error ? error.message : String(error);
        status = { ...status, error: message };
        if (error instanceof LogMismatch) gate.recheck(message);
        logger.warn({ failures }, `the relay of ${spec.name} begins again: ${message}`);
        // Once at once: a refusal or a lost acknowledgement is over when the procedure has run.
        if (failures > 1) await pause(backoffMs(failures, 50, MAX_BACKOFF_MS), stopping.signal);
      }
    }
  }

  const others = connection.nats.subscribe(nudgeSubject(service), { callback: () => work.nudge() });
  const running = run();
  return {
    nudge: createNudger(() => {
      if (status.leader) work.nudge();
      else if (!connection.session().aborted) connection.nats.publish(nudgeSubject(service));
    }),
    status: () => ({ ...status, error: status.error ?? gate.reason()?.message }),
    async stop(graceMs) {
      stopping.abort();
      work.nudge();
      const stopped = new AbortController();
      void running.then(() => stopped.abort());
      await pause(graceMs, stopped.signal);
      halting.abort();
      others.unsubscribe();
    },
  };
}

/** Many commits in one turn of the event loop are one nudge. */
function createNudger(tell: () => void): () => void {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    setImmediate(() => {
      pending = false;
      tell();
    });
  };
}
