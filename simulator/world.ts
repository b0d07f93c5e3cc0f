/**
 * All that there is in one simulation: three services with their stores (which survive), their replicas' memories (which do
 * not), the log, the provider, the clients, and the virtual clock. Everything in here is plain data that actors/ change, one
 * step at a time.
 */
import type { Checkpoint } from '../platform/consume/checkpoints.ts';
import type { StoredEvent } from '../platform/events.ts';
import type { OfferedService } from '../platform/grpc/service.ts';
import type { LogMessage, OutgoingMessage } from '../platform/log/headers.ts';
import type { Pending, Upstream, Watermark } from '../platform/log/watermark.ts';
import type { Task } from '../platform/tasks.ts';
import type { TaskResult } from '../platform/taskWorker.ts';
import type { Choices } from './choices.ts';
import type { ClientOperation } from './clients.ts';
import type { Composition, ServiceName, ServiceParts } from './composition.ts';
import type { FaultRates } from './faultRates.ts';
import type { PeerCall } from './peers.ts';
import type { SimProvider } from './provider.ts';
import type { Waiting } from './queue.ts';
import type { SimRecord, Store } from './store.ts';
import type { Violation } from './violation.ts';

/** A stream of the log. */
export interface SimStream {
  readonly messages: LogMessage[];
}

/** A batch on its way to the log, to be put right behind a sequence. */
export interface Publication {
  readonly stream: string;
  readonly lastSequence: number;
  readonly messages: readonly OutgoingMessage[];
}

/** Where a relay stands. */
export type RelayMemory =
  | { readonly phase: 'follows' }
  | { readonly phase: 'reconciles'; readonly epoch: number }
  | { readonly phase: 'leads'; readonly epoch: number; readonly record: SimRecord }
  | {
      /** Acknowledged, and to be recorded. */
      readonly phase: 'records';
      readonly epoch: number;
      readonly record: SimRecord;
      readonly to: SimRecord;
      readonly ids: readonly bigint[];
    };

/** A task whose call is under way, or done and to be recorded. */
export interface Call {
  readonly task: Task;
  result: TaskResult<unknown, unknown> | undefined;
}

/** Settled as soon as `isThere`. */
export interface Wait {
  readonly isThere: () => boolean;
  readonly settle: () => void;
  /** Unset: it waits for as long as it takes. */
  readonly giveUp: (() => void) | undefined;
}

export interface Replica {
  /** `order-1` */
  readonly name: string;
  readonly service: SimService;
  /** The service's gRPC handlers, over this replica's queue. */
  readonly handlers: readonly OfferedService[];
  isUp: boolean;
  /** Grows with each crash: what belongs to an earlier life is lost. */
  life: number;
  /** Does nothing before this time: paused. */
  pausedUntilMs: number;
  queue: Waiting[];
  relay: RelayMemory;
  /** By consumer: where it has read up to. */
  readonly consumers: Map<string, Checkpoint>;
  calls: Call[];
  /** Handlers that wait for something to be in the store. */
  waits: Wait[];
  /** Of the watermarks, by consumer. */
  upstream: Map<string, Upstream>;
  pending: Pending | undefined;
  horizon: Date | undefined;
  nextLookMs: number;
}

export interface SimService {
  readonly name: ServiceName;
  readonly parts: ServiceParts;
  readonly store: Store;
  readonly replicas: Replica[];
  /** How far its database's clock is off. */
  readonly clockSkewMs: number;
}

export interface World {
  readonly choices: Choices;
  readonly composition: Composition;
  readonly services: Readonly<Record<ServiceName, SimService>>;
  /** Of all services together. */
  readonly all: { readonly services: readonly SimService[]; readonly replicas: readonly Replica[] };
  readonly log: Readonly<Record<string, SimStream>>;
  /** Given up by their relays, and still on their way. */
  readonly latePublishes: Publication[];
  /** The bucket, by stream. */
  readonly watermarks: Map<string, Watermark>;
  readonly provider: SimProvider;
  /** From one service to another. */
  readonly peerCalls: PeerCall[];
  readonly clients: ClientOperation[];
  /** `consumer/sequence` of what a faulty release cannot handle. */
  readonly poisoned: Set<string>;
  /** When each action that is possible is done, by its key. */
  readonly agenda: Map<unknown, number>;
  /** How likely each fault is; none once the world is healed. */
  rates: FaultRates;
  isHealed: boolean;
  nowMs: number;
  step: number;
  /** Commits so far, of all services together. */
  commits: number;
  /** Notes a promise that was broken where nothing can be thrown. */
  broken(violation: Violation): void;
  /** Notes what happens, if anybody wants to read it. */
  say(text: () => string): void;
}

/** A process dies at this very point. */
export class Crashed extends Error {
  readonly replica: Replica;
  constructor(replica: Replica) {
    super(`${replica.name} crashed`);
    this.replica = replica;
  }
}

export const allServices = ({ all }: World): readonly SimService[] => all.services;
export const allReplicas = ({ all }: World): readonly Replica[] => all.replicas;

/** A service's own database time. */
export const dbNowMs = (world: World, { clockSkewMs }: SimService): number => world.nowMs + clockSkewMs;

/** `ItemsReserved (reservation/…, v1)`. */
export const eventLabel = ({ type, streamId, version }: Pick<StoredEvent, 'type' | 'streamId' | 'version'>) =>
  `${type.slice(type.lastIndexOf('.') + 1)} (${streamId}, v${version})`;
