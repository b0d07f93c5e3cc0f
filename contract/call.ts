/**
 * A call with its bytes as they are on the wire, and all that came back. Failures are outcomes here, never exceptions.
 *
 * The deadline that a case gives goes out as `grpc-timeout` alone: this side goes on waiting, so that what is seen is the
 * server's own answer and not this client's.
 */
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Code, codeOf } from './status.ts';

export interface Outcome {
  readonly code: Code;
  readonly message: string;
  /** `grpc-status-details-bin`. */
  readonly details: Uint8Array | undefined;
  /** What was answered; of a stream, what came before it ended, or before enough had come. */
  readonly answers: readonly Uint8Array[];
}

export interface Wire {
  /** Never throws. */
  call(path: string, request: Uint8Array, options?: WireOptions): Promise<Outcome>;
  /** Server streams; ends after so many answers, or when the server ends it. Never throws. */
  stream(path: string, request: Uint8Array, enough: number, options?: WireOptions): Promise<Outcome>;
  /** Bidirectional streams: all requests at once, all answers. Never throws. */
  talk(path: string, requests: readonly Uint8Array[]): Promise<Outcome>;
  /** Whether there is a connection within this time. */
  reaches(withinMs: number): Promise<boolean>;
  close(): void;
}

export interface WireOptions {
  /** As in the `grpc-timeout` header, such as `1n`. */
  readonly grpcTimeout?: string;
}

/** No server may take longer for what is asked here. */
const PATIENCE_MS = 30_000;
const asItIs = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

export function wireTo(address: string): Wire {
  const client = new Client(address, credentials.createInsecure(), {
    // What is too large is the server's to refuse.
    'grpc.max_send_message_length': -1,
    'grpc.max_receive_message_length': -1,
    'grpc.enable_http_proxy': 0,
    'grpc.initial_reconnect_backoff_ms': 100,
  });
  return {
    call: (path, request, options) =>
      new Promise((resolve) => {
        const call = client.makeUnaryRequest(
          path,
          asItIs,
          asItIs,
          request,
          metadataOf(options),
          (error, answer) => {
            clearTimeout(timer);
            resolve(error ? failure(error, []) : { ...OK, answers: answer ? [answer] : [] });
          },
        );
        const timer = setTimeout(() => call.cancel(), PATIENCE_MS);
      }),
    stream: (path, request, enough, options) =>
      collect(client.makeServerStreamRequest(path, asItIs, asItIs, request, metadataOf(options)), enough),
    talk(path, requests) {
      const call = client.makeBidiStreamRequest(path, asItIs, asItIs);
      for (const request of requests) call.write(request);
      call.end();
      return collect(call, Number.POSITIVE_INFINITY);
    },
    reaches: (withinMs) =>
      new Promise((resolve) => client.waitForReady(Date.now() + withinMs, (error) => resolve(!error))),
    close: () => client.close(),
  };
}

function metadataOf({ grpcTimeout }: WireOptions = {}): Metadata {
  const metadata = new Metadata();
  if (grpcTimeout !== undefined) metadata.set('grpc-timeout', grpcTimeout);
  return metadata;
}

const OK = { code: 'OK', message: '', details: undefined } as const;

async function collect(
  call: AsyncIterable<Uint8Array> & { cancel(): void },
  enough: number,
): Promise<Outcome> {
  const answers: Uint8Array[] = [];
  const timer = setTimeout(() => call.cancel(), PATIENCE_MS);
  try {
    for await (const answer of call) {
      answers.push(answer);
      if (answers.length >= enough) break;
    }
    return { ...OK, answers };
  } catch (error) {
    return failure(error as ServiceError, answers);
  } finally {
    clearTimeout(timer);
    call.cancel();
  }
}

function failure(error: ServiceError, answers: readonly Uint8Array[]): Outcome {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  return {
    code: codeOf(error.code ?? status.UNKNOWN),
    message: error.details ?? error.message,
    details: details instanceof Uint8Array ? details : undefined,
    answers,
  };
}
