/**
 * Reads a stream for ever, and hands over each fetch as one batch together with the checkpoint that must move in the same
 * transaction. So effects come once: after a crash, a lost COMMIT or a fight with another owner, reading begins again
 * where the checkpoint stands.
 *
 * One loop, one batch at a time; between batches it keeps its share of the partitions (ownership.ts). Whatever goes wrong,
 * it drops everything in memory, waits longer with each failure, and begins again from the database, with fewer messages
 * at once if they were too many; while there is no connection to the log it waits for that, and its share goes to those who
 * have one. It never skips: what needs a person (LogMismatch) stops it, is said in log and status, and is looked at again
 * from time to time.
 */
import type { Logger } from 'pino';
import type { ConsumerRange } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { CommitUnknown, type Database, isInfrastructureError, type Tx } from '../database.ts';
import { type LogConnection, SessionEnded } from '../log/connection.ts';
import type { LogMessage } from '../log/headers.ts';
import type { LogGate } from '../log/logGate.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { backoffMs, pause } from '../wait.ts';
import { createBatchSize } from './batchSize.ts';
import { CheckpointLost } from './checkpoints.ts';
import { StreamReturning } from './findPlace.ts';
import { StreamMissing } from './logPlace.ts';
import { leave, type Membership } from './ownership.ts';
import { limitsOf, readWhileOpen } from './readLoop.ts';
import { readStatus } from './status.ts';
import { SubscriptionEnded } from './subscription.ts';

/** One fetch. */
export interface Batch {
  readonly stream: string;
  /** At least one, in the log's order. */
  readonly messages: readonly LogMessage[];
  /**
   * Moves the checkpoint past them: the first statement of the transaction of their effects. Throws CheckpointLost. Where
   * there are none, it need not be called: the checkpoint follows within a second, or with the next effect.
   */
  readonly move: (tx: Tx) => Promise<void>;
}

export interface ConsumerOptions {
  /** Unique in the database; it reads one stream. */
  readonly name: string;
  readonly stream: string;
  /** First token of the stream's subjects. */
  readonly subjectPrefix: string;
  /** Names this replica; no other living one has the same name. */
  readonly owner: string;
  /** Where the checkpoints are. */
  readonly db: Database;
  readonly connection: LogConnection;
  readonly gate: Pick<LogGate, 'isOpen' | 'whenOpen' | 'reason'>;
  readonly logger: Logger;
  /**
   * Does everything for a batch, if there is anything to do, in one transaction that calls `move` first (reactTo, for
   * commands). What it throws is nobody's fault but the surroundings': the same messages come again.
   */
  readonly handle: (batch: Batch) => Promise<void>;
  /** Messages in a batch, where that is to be fewer than suits most. */
  readonly maxBatch?: number;
  /** After this time without a sign of life other replicas take over. */
  readonly ownershipTtlMs?: number;
}

export interface Consumer {
  /** All ranges of this consumer, whoever owns them. Throws what the database throws. */
  status(): Promise<readonly ConsumerRange[]>;
  /** Finishes the batch in hand, and leaves its ranges to others. */
  stop(): Promise<void>;
}

const DEFAULT_OWNERSHIP_TTL_MS = 6_000;
const MAX_BACKOFF_MS = 3_000;
/** A person must act: look again every now and then. */
const MISMATCH_RECHECK_MS = 15_000;

export function startConsumer(options: ConsumerOptions): Consumer {
  const { name, stream, owner, db, logger } = options;
  const stopping = new AbortController();
  const ttlMs = options.ownershipTtlMs ?? DEFAULT_OWNERSHIP_TTL_MS;
  const membership: Membership = { consumer: name, stream, owner, ttlMs };
  const size = createBatchSize(limitsOf(options).maxMessages);
  /** Why it does not read; empty if it does. */
  let problem = 'starting';
  let failures = 0;
  const onReading = () => {
    problem = '';
    failures = 0;
  };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await options.connection.whenConnected(stopping.signal);
        await options.gate.whenOpen(stopping.signal);
        await readWhileOpen(options, membership, size, stopping.signal, onReading);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        // What has closed the service's own gate is waited for there, and told by it.
        const isOpen = options.gate.isOpen();
        const level = isOpen ? levelOf(error) : 'info';
        // What belongs to the day's work needs no stack.
        const err = level === 'info' ? {} : { err: error };
        logger[level]({ ...err, consumer: name }, `${name} begins again: ${problem}`);
        await pause(
          isOpen && error instanceof LogMismatch
            ? MISMATCH_RECHECK_MS
            : backoffMs(failures++, 100, MAX_BACKOFF_MS),
          stopping.signal,
        );
      }
    }
  }

  const running = run();
  return {
    status: () => readStatus(options, options.gate.reason()?.message ?? problem),
    async stop() {
      stopping.abort();
      await running;
      await leave(db, membership).catch((error) =>
        logger.warn({ err: error, consumer: name }, 'cannot leave: the ranges will run out'),
      );
    },
  };
}

/** What belongs to the day's work, what hints at trouble around us, and what nobody foresaw. */
function levelOf(error: unknown): 'info' | 'warn' | 'error' {
  const expected = [
    CheckpointLost,
    SubscriptionEnded,
    StreamMissing,
    StreamReturning,
    SessionEnded,
    CommitUnknown,
  ];
  if (expected.some((kind) => error instanceof kind)) return 'info';
  return isInfrastructureError(error) ? 'warn' : 'error';
}
