/**
 * Events as data: a union on `type`, each with the protobuf message that stands in the log.
 *
 * `defineEvents('orderlog.order.v1', { OrderCreated, ... })` makes the codec of one service's events; a consumer merges
 * the codecs of what it reads. Unknown types decode to undefined: they are counted and passed over, never guessed at.
 */

/** What ts-proto generates for a message, as far as it is needed here. */
export interface MessageCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

type AnyCodec = { encode(message: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): unknown };
type Codecs = Readonly<Record<string, AnyCodec>>;

/** The union of a service's events: `{ type: 'OrderCreated', data: OrderCreated } | ...`. */
export type EventOf<M extends Codecs> = {
  readonly [K in keyof M & string]: M[K] extends MessageCodec<infer T>
    ? { readonly type: K; readonly data: T }
    : never;
}[keyof M & string];

export interface AnyEvent {
  readonly type: string;
  readonly data: unknown;
}

/** To and from the log's bytes. */
export interface EventCodec<E extends AnyEvent = AnyEvent> {
  /** Full names of the types it knows. */
  readonly types: readonly string[];
  /** `OrderCreated` -> `orderlog.order.v1.OrderCreated`. Throws for a type that is not one of these. */
  fullName(type: E['type']): string;
  encode(event: E): Uint8Array;
  /** undefined: a type it does not know. Throws if the bytes are not such a message. */
  decode(fullName: string, bytes: Uint8Array): E | undefined;
}

/** The codec of the events of one proto package. */
export function defineEvents<M extends Codecs>(protoPackage: string, messages: M): EventCodec<EventOf<M>> {
  const codecs = new Map<string, MessageCodec<unknown>>(
    Object.entries(messages).map(([type, codec]) => [type, codec as MessageCodec<unknown>]),
  );
  const codecOf = (type: string): MessageCodec<unknown> => {
    const codec = codecs.get(type);
    if (!codec) throw new Error(`${type} is no event of ${protoPackage}`);
    return codec;
  };
  const prefix = `${protoPackage}.`;
  return {
    types: [...codecs.keys()].map((type) => prefix + type),
    fullName(type) {
      if (!codecs.has(type)) throw new Error(`${type} is no event of ${protoPackage}`);
      return prefix + type;
    },
    encode: (event) => codecOf(event.type).encode(event.data).finish(),
    decode(fullName, bytes) {
      if (!fullName.startsWith(prefix)) return undefined;
      const type = fullName.slice(prefix.length);
      const codec = codecs.get(type);
      return codec && ({ type, data: codec.decode(bytes) } as EventOf<M>);
    },
  };
}

/** One codec that knows the events of several packages. */
export function mergeEvents<A extends AnyEvent, B extends AnyEvent>(
  a: EventCodec<A>,
  b: EventCodec<B>,
): EventCodec<A | B> {
  const knows = (codec: EventCodec, type: string) => codec.types.some((name) => name.endsWith(`.${type}`));
  const owner = (type: string): EventCodec => (knows(a as EventCodec, type) ? a : b) as EventCodec;
  return {
    types: [...a.types, ...b.types],
    fullName: (type) => owner(type).fullName(type),
    encode: (event) => owner(event.type).encode(event),
    decode: (fullName, bytes) => a.decode(fullName, bytes) ?? b.decode(fullName, bytes),
  };
}

/** `orderlog.order.v1.OrderCreated` -> `OrderCreated`. */
export const shortName = (fullName: string): string => fullName.slice(fullName.lastIndexOf('.') + 1);

/** An event as it stands in the events table. */
export interface StoredEvent {
  readonly streamId: string;
  readonly version: number;
  readonly eventId: string;
  /** Full name. */
  readonly type: string;
  readonly partition: number;
  readonly time: Date;
  readonly cause: EventCause | undefined;
  readonly traceparent: string | undefined;
  /** Marks the request that caused it (requests.ts); unset where no caller did. */
  readonly request?: string | undefined;
  readonly payload: Uint8Array;
}

/** The event that brought another about. */
export interface EventCause {
  /** The JetStream stream it stands in. */
  readonly stream: string;
  readonly eventId: string;
}
