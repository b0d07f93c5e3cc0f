/**
 * What a projection says of itself: which stream it reads, and the fold of an aggregate's events into a state. The engine does
 * the rest (reading the log, cache, gaps, parking), and a target (target.ts) stores the states with the place up to which the
 * log is in them: as documents of an index (a DocumentProjection), or as rows and sums of them (../tables/projection.ts).
 */
import type { estypes } from '@elastic/elasticsearch';
import type { AnyEvent, EventCodec } from '../../platform/events.ts';

/** An event with its place in the aggregate's history. */
export interface RecordedEvent<E extends AnyEvent = AnyEvent> {
  /** The aggregate's id, and the document's. */
  readonly streamId: string;
  /** 1 for the aggregate's first event. */
  readonly version: number;
  readonly eventId: string;
  readonly time: Date;
  /** Full name of the message. */
  readonly type: string;
  /** undefined: a type that the projection does not know. It advances the version all the same. */
  readonly event: E | undefined;
}

/** What an index of the projection looks like. */
export interface IndexDefinition {
  /** By which it is read, whichever index is behind it (writtenIndex.ts). */
  readonly alias: string;
  /**
   * Raised with every change after which the same events lead to other documents, or to documents that are mapped otherwise:
   * `orderlog rebuild` then makes an index of the new version from the log.
   */
  readonly version: number;
  readonly settings: estypes.IndicesIndexSettings;
  /** The document's own fields; the engine adds those of every document (index.ts). */
  readonly properties: Readonly<Record<string, estypes.MappingProperty>>;
}

/** An event as it is recorded, not yet decoded. */
export interface EventRecord extends Omit<RecordedEvent, 'event'> {
  readonly payload: Uint8Array;
}

/** `S` is the folded state. */
export interface Projection<S, E extends AnyEvent> {
  readonly name: string;
  /** The stream that is read, and the first token of its subjects. */
  readonly stream: string;
  readonly subjectPrefix: string;
  readonly codec: EventCodec<E>;
  /** Pure. Throws for an event that it cannot take in: its aggregate is parked. */
  project(state: S | undefined, event: RecordedEvent<E>): S;
  /** Hardly anything will follow: the state is not kept in memory, and is read again if something does. Unset: none is such. */
  hasEnded?(state: S): boolean;
  /** All events of an aggregate, from its own service: what mends a state that lacks some. */
  history(streamId: string): Promise<readonly EventRecord[]>;
}

/** One document an aggregate. `D` are the fields that a state is stored as (JSON). */
export interface DocumentProjection<S, D extends object, E extends AnyEvent> extends Projection<S, E> {
  readonly index: IndexDefinition;
  /** Throws for a state that cannot be stored: its aggregate is parked. */
  toDocument(state: S): D;
  /** The state that toDocument made this of. */
  fromDocument(document: D): S;
}
