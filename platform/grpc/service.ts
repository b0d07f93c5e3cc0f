/**
 * What a service's handlers look like: plain functions on messages, typed by the definition that ts-proto generates.
 *
 * `offer(OrderServiceService, { placeOrder: async (request, call) => ... })`; methods left out answer UNIMPLEMENTED.
 * A handler throws OrderlogError to refuse; anything else that it throws is a fault, and is answered INTERNAL.
 */
import type { Metadata } from '@grpc/grpc-js';
import type { Caller } from '../access/caller.ts';

/** What a handler may know of its call. */
export interface CallInfo extends Caller {
  /** Full name: `orderlog.order.v1.OrderService/PlaceOrder`. */
  readonly method: string;
  /** SHA-256 of the request's deterministic bytes. */
  readonly fingerprint: Uint8Array;
  /** Size of the request on the wire. */
  readonly requestBytes: number;
  /** When the caller stops waiting; unset: never. */
  readonly deadline: Date | undefined;
  /** Aborted, with an OrderlogError as reason, when the caller goes away, its deadline passes, or a stream is ended. */
  readonly signal: AbortSignal;
  /** Its method starts sagas: shed first. */
  readonly startsSaga: boolean;
  /** W3C trace context: of this call's own span where it is traced, else as the caller gave it. */
  readonly traceparent: string | undefined;
  readonly metadata: Metadata;
}

const ENCODED = Symbol('encoded response');

/** A response that is answered as these very bytes: one that was remembered. */
export interface EncodedResponse {
  readonly [ENCODED]: Uint8Array;
}

export const encodedResponse = (bytes: Uint8Array): EncodedResponse => ({ [ENCODED]: bytes });

/** The bytes of an encoded response; undefined for a message. */
export const encodedBytes = (response: unknown): Uint8Array | undefined =>
  typeof response === 'object' && response !== null && ENCODED in response
    ? (response as EncodedResponse)[ENCODED]
    : undefined;

/** One method as ts-proto defines it. */
export interface MethodDefinition {
  /** `/orderlog.order.v1.OrderService/PlaceOrder` */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (request: never) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (response: never) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}
export type ServiceDefinition = Readonly<Record<string, MethodDefinition>>;

/** A method's codec for messages of whatever type: where one piece of code serves all methods. */
export interface AnyCodec {
  readonly path: string;
  readonly requestSerialize: (request: unknown) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (response: unknown) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}
export const anyCodec = (method: MethodDefinition): AnyCodec => method as unknown as AnyCodec;

export type RequestOf<M extends MethodDefinition> = ReturnType<M['requestDeserialize']>;
export type ResponseOf<M extends MethodDefinition> = ReturnType<M['responseDeserialize']>;

type HandlerOf<M extends MethodDefinition> = M['responseStream'] extends true
  ? (request: RequestOf<M>, call: CallInfo) => AsyncIterable<ResponseOf<M>>
  : (request: RequestOf<M>, call: CallInfo) => Promise<ResponseOf<M> | EncodedResponse>;

/** The handlers of a service. */
export type Implementation<D extends ServiceDefinition> = { readonly [K in keyof D]?: HandlerOf<D[K]> };

export type UnaryHandler = (request: unknown, call: CallInfo) => Promise<unknown>;
export type StreamHandler = (request: unknown, call: CallInfo) => AsyncIterable<unknown>;

/** A service as the server takes it. */
export interface OfferedService {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, UnaryHandler | StreamHandler | undefined>>;
  /** The methods that start sagas: shed before the others, which drain the system. */
  readonly startsSagas: readonly string[];
  /** The methods that tell how this process does, and so are answered while its gate is closed. */
  readonly tellAlways: readonly string[];
}

/** Pairs a definition with its handlers, and names the methods that are not like others. */
export const offer = <D extends ServiceDefinition>(
  definition: D,
  implementation: Implementation<D>,
  {
    startsSagas = [],
    tellAlways = [],
  }: Readonly<Partial<Record<'startsSagas' | 'tellAlways', readonly (keyof D & string)[]>>> = {},
): OfferedService => ({
  definition,
  handlers: implementation as OfferedService['handlers'],
  startsSagas,
  tellAlways,
});

/** Paths of its methods that answer by a stream. */
export const watchPathsOf = ({ definition }: OfferedService): readonly string[] =>
  Object.values(definition)
    .filter(({ responseStream }) => responseStream)
    .map(({ path }) => path);
