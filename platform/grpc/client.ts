/**
 * Clients for services of this project: unary calls are promises, server streams are async iterables, failures are
 * OrderlogErrors with what the server said (reason, fields, when to repeat).
 *
 * Every unary call has a deadline: the sooner of its own timeout and that of the call on whose behalf it is made, whose
 * cancellation and trace are passed on too (grpc-js does none of this by itself). Nothing is retried here. Whose token a call is
 * made with is the client's to say: its owner's, or that of the call on whose behalf it is made.
 */
import { Client, type ClientUnaryCall, Metadata, type ServiceError } from '@grpc/grpc-js';
import { OrderlogError } from '../errors.ts';
import { currentTraceparent, type OpenSpan } from '../telemetry/tracer.ts';
import type { Certificates } from '../tls/certificates.ts';
import { clientCredentials } from './credentials.ts';
import { keepalive, spareClosingServers } from './keepalive.ts';
import {
  anyCodec,
  type CallInfo,
  type MethodDefinition,
  type RequestOf,
  type ResponseOf,
  type ServiceDefinition,
} from './service.ts';
import { clientSpan, endCallSpan } from './spans.ts';
import { fromServiceError } from './status.ts';

export interface CallOptions {
  /** How long to wait for the answer; a stream without one waits for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The call on whose behalf this one is made. */
  readonly parent?: Pick<CallInfo, 'deadline' | 'signal' | 'traceparent'> & Partial<Pick<CallInfo, 'bearer'>>;
  /** Sent as `traceparent` where there is no parent; unset: that of what is being done. */
  readonly traceparent?: string;
}

/** The token that a call is made with; undefined: none. */
export type TokenOf = (options: CallOptions) => string | undefined;

/** That of the call on whose behalf it is made. */
export const callersToken: TokenOf = ({ parent }) => parent?.bearer;

const noToken: TokenOf = () => undefined;

export interface ClientOptions {
  /** Unset: calls are made with none. */
  readonly token?: TokenOf;
  /** Unset: in the clear. */
  readonly certificates?: Certificates | undefined;
  /** Between pings while there is a call (keepalive.ts). */
  readonly keepaliveMs?: number;
}

type Call<M extends MethodDefinition> = M['responseStream'] extends true
  ? (request: RequestOf<M>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>
  : (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>;

/** A client's methods, named as in the definition that ts-proto generates. */
export type GrpcClient<D extends ServiceDefinition> = { readonly [K in keyof D]: Call<D[K]> } & {
  /** Ends the connection; calls in progress fail. */
  close(): void;
};

const DEFAULT_TIMEOUT_MS = 10_000;

spareClosingServers();

/** Calls go to all addresses of a name in turn, and to none that has begun to stop. */
const SERVICE_CONFIG = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/**
 * A client of one service at `host:port`, or at the replicas behind it: a name with several addresses, or
 * `ipv4:host:port,host:port`. Connects when first called, and again when the connection is lost: with TLS where there are
 * certificates, to nobody whose certificate is not of that name.
 */
export function createClient<D extends ServiceDefinition>(
  definition: D,
  address: string,
  { token = noToken, certificates, keepaliveMs }: ClientOptions = {},
): GrpcClient<D> {
  const client = new Client(address, clientCredentials(certificates), {
    ...keepalive(keepaliveMs),
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.dns_min_time_between_resolutions_ms': 2_000,
    'grpc.service_config': SERVICE_CONFIG,
    // Services call one another directly: a proxy in the environment is for the outside.
    'grpc.enable_http_proxy': 0,
  });
  const to = { client, address, token };
  const calls = Object.entries(definition).map(([key, method]) => [
    key,
    method.responseStream ? streamCall(to, method) : unaryCall(to, method),
  ]);
  return { ...Object.fromEntries(calls), close: () => client.close() };
}

interface Peer {
  readonly client: Client;
  readonly address: string;
  readonly token: TokenOf;
}

function unaryCall({ client, address, token }: Peer, method: MethodDefinition) {
  const { path, requestSerialize, responseDeserialize } = anyCodec(method);
  return (request: unknown, options: CallOptions = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const stop = stopSignals(options);
      const span = spanOf(path, options);
      const done = (error: ServiceError | null, response?: unknown) => {
        stop.release();
        const failure = error ? failureOf(error, address) : undefined;
        endCallSpan(span, failure);
        if (failure) reject(failure);
        else resolve(response);
      };
      const deadline = deadlineOf(options, DEFAULT_TIMEOUT_MS);
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadataOf(options, span, token),
        { deadline },
        done,
      );
      stop.cancels(call);
    });
}

function streamCall({ client, address, token }: Peer, method: MethodDefinition) {
  const { path, requestSerialize, responseDeserialize } = anyCodec(method);
  return async function* (request: unknown, options: CallOptions = {}): AsyncGenerator<unknown> {
    const stop = stopSignals(options);
    const span = spanOf(path, options);
    let failure: OrderlogError | undefined;
    const deadline = deadlineOf(options, Number.POSITIVE_INFINITY);
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadataOf(options, span, token),
      { deadline },
    );
    stop.cancels(call);
    try {
      yield* call;
    } catch (error) {
      failure = failureOf(error as ServiceError, address);
      throw failure;
    } finally {
      stop.release();
      endCallSpan(span, failure);
      call.cancel();
    }
  };
}

/** A call that never left: for certain, the server has not heard of it. Whether one address was tried or all of a name. */
const NEVER_SENT = /^(?:round_robin: )?No connection established/;

function failureOf(error: ServiceError, address: string): OrderlogError {
  const failure = fromServiceError(error);
  if (failure.code !== 'UNAVAILABLE' || !NEVER_SENT.test(failure.message)) return failure;
  const more = { retryAfterMs: failure.retryAfterMs ?? 0, cause: error };
  const why = handshakeFailure(failure.message);
  return new OrderlogError('UNAVAILABLE', 'NOT_CONNECTED', `nobody answers at ${address}${why}`, more);
}

/** Of a peer that is there, and is not who it should be, or does not take us for who we are. */
function handshakeFailure(message: string): string {
  const [, why] = /Last error: Error[^:]*: (.*?)(?:\. Resolution note:.*)?$/s.exec(message) ?? [];
  const isHandshake = why !== undefined && /certificate|altnames|SSL|TLS|\bCA\b/i.test(why);
  return isHandshake ? ` with a certificate that is accepted: ${why.trim()}` : '';
}

function deadlineOf(options: CallOptions, defaultTimeoutMs: number): number {
  const own = Date.now() + (options.timeoutMs ?? defaultTimeoutMs);
  return Math.min(own, options.parent?.deadline?.getTime() ?? Number.POSITIVE_INFINITY);
}

const traceparentOf = ({ parent, traceparent }: CallOptions): string | undefined =>
  parent?.traceparent ?? traceparent ?? currentTraceparent();

const spanOf = (path: string, options: CallOptions): OpenSpan | undefined =>
  clientSpan(path.slice(1), traceparentOf(options));

function metadataOf(options: CallOptions, span: OpenSpan | undefined, tokenOf: TokenOf): Metadata {
  const metadata = new Metadata();
  const traceparent = span?.traceparent ?? traceparentOf(options);
  if (traceparent) metadata.set('traceparent', traceparent);
  const token = tokenOf(options);
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** Cancels a call when a signal says so, and lets go of the signals when the call is over. */
function stopSignals({ signal, parent }: CallOptions) {
  const signals = [signal, parent?.signal].filter((each) => each !== undefined);
  let cancel: () => void = () => undefined;
  const onAbort = () => cancel();
  return {
    cancels(call: Pick<ClientUnaryCall, 'cancel'>) {
      cancel = () => call.cancel();
      for (const each of signals) each.addEventListener('abort', onAbort, { once: true });
      if (signals.some((each) => each.aborted)) cancel();
    },
    release() {
      for (const each of signals) each.removeEventListener('abort', onAbort);
    },
  };
}
