/** What a service with a write side says of itself, and what its handlers get. */
import type { Clock } from '../clock.ts';
import type { CommandQueue } from '../commandQueue.ts';
import type { Database } from '../database.ts';
import type { OrderlogError } from '../errors.ts';
import type { AnyEvent, StoredEvent } from '../events.ts';
import type { Envelope, Outcome } from '../fold.ts';
import type { Ops } from '../grpc/ops.ts';
import type { OfferedService } from '../grpc/service.ts';
import type { Backlog } from '../log/backlog.ts';
import type { Logger } from '../logging.ts';
import type { MigrationSource } from '../migrate.ts';
import type { Policies } from '../policies.ts';
import type { TaskHandler } from '../taskWorker.ts';
import type { Meter } from '../telemetry/meter.ts';
import type { Observe } from '../telemetry/observe.ts';
import type { TimerCommand } from '../timers/timerWorker.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { WriteModel } from '../writeModel.ts';

/** A stream of the log, and whose events stand in it. */
export interface StreamName {
  /** Such as ORDERS. */
  readonly name: string;
  /** First token of its subjects. */
  readonly subjectPrefix: string;
}

/** A stream that the service reacts to. */
export interface Subscription<C> {
  /** Unique in the service's database. */
  readonly name: string;
  readonly stream: StreamName;
  readonly policies: Policies<C>;
}

/** What a service's handlers are made with. */
export interface ServiceParts<S, C> {
  /** For reads. */
  readonly db: Database;
  readonly queue: CommandQueue<S, C>;
  readonly clock: Clock;
  readonly backlog: Backlog;
  /** Where its own relay, consumers and timers stand, and what is parked. */
  readonly ops: Pick<Ops, 'listParkedEvents' | 'getRelayStatus' | 'getConsumerStatus' | 'getTimerStatus'>;
  /** Why nothing is taken now, whoever asks: the log gate is closed. */
  readonly refusal: () => OrderlogError | undefined;
  readonly logger: Logger;
}

/** What is particular to one service. */
export interface WriteServiceSpec<S, C, E extends AnyEvent> {
  /** Of the process (telemetry/start.ts). */
  readonly meter: Meter;
  /** Told of each batch of commands, and how it ended. */
  readonly observe?: Observe<readonly Envelope<S, C>[], readonly Outcome<S>[]>;
  readonly model: WriteModel<S, C, E>;
  readonly stream: StreamName;
  /** Sagas begin here: this stream's watermark waits for no other (log/watermark.ts). */
  readonly isSource?: boolean;
  /** The service's own migrations, run after the platform's. */
  readonly migrations: MigrationSource;
  readonly subscriptions: readonly Subscription<C>[];
  readonly tasks?: Readonly<Record<string, TaskHandler<S, C>>>;
  /** The command that a due timer becomes, by its kind. */
  readonly timers?: Readonly<Record<string, TimerCommand<C>>>;
  readonly services: (parts: ServiceParts<S, C>) => readonly OfferedService[];
  /** Brings rows up to what this version reads in them: after the migrations, and before anything else runs. */
  readonly prepare?: (db: Database, logger: Logger, signal: AbortSignal) => Promise<unknown>;
  /** Takes commands in another way than gRPC, from here on. */
  readonly listen?: (parts: ServiceParts<S, C>) => Promise<void>;
  /** Told of the events of each COMMIT of this process, if its answer comes. Must not throw. */
  readonly onCommitted?: (events: readonly StoredEvent[]) => void;
  /**
   * Told of events before they go into the log, in whichever process publishes them: of each at least once, whatever is
   * killed, and again when a publish is tried again. Must not throw.
   */
  readonly onPublishing?: (events: readonly StoredEvent[]) => void;
  /** The process's own; undefined: gRPC is in the clear. */
  readonly certificates: Certificates | undefined;
}
