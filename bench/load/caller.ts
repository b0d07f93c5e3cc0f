/**
 * Unary gRPC calls over plain HTTP/2, at a fraction of a client library's cost: on one machine a generator takes its share
 * of the very cores that it measures. No retries, no deserialising; what came of a call is its status.
 */
import { type ClientHttp2Session, connect, constants } from 'node:http2';

export interface Caller {
  /** The gRPC status; -1 if the connection broke or was refused. */
  call(path: string, message: Uint8Array, timeoutMs: number): Promise<number>;
  close(): void;
}

const UNKNOWN = -1;
const DEADLINE_EXCEEDED = 4;

/** Calls `host:port`, or several with commas between, over a few connections, in turn. They are made again when they break. */
export function createCaller(address: string, connections: number): Caller {
  const addresses = address.split(',');
  const sessions: (ClientHttp2Session | undefined)[] = Array(connections).fill(undefined);
  let turn = 0;

  function session(): ClientHttp2Session {
    turn = (turn + 1) % connections;
    const present = sessions[turn];
    if (present && !present.closed && !present.destroyed) return present;
    const fresh = connect(`http://${addresses[turn % addresses.length]}`);
    fresh.on('error', () => undefined);
    fresh.setMaxListeners(0);
    sessions[turn] = fresh;
    return fresh;
  }

  return {
    call: (path, message, timeoutMs) =>
      new Promise((resolve) => {
        const stream = session().request({
          ':method': 'POST',
          ':path': path,
          'content-type': 'application/grpc',
          te: 'trailers',
          'grpc-timeout': `${timeoutMs}m`,
        });
        let status = UNKNOWN;
        const note = (headers: { readonly [name: string]: unknown }) => {
          if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
        };
        // A server that does not answer in time is no reason to wait for ever.
        const timer = setTimeout(() => {
          status = DEADLINE_EXCEEDED;
          stream.close(constants.NGHTTP2_CANCEL);
        }, timeoutMs + 100);
        stream.on('response', note);
        stream.on('trailers', note);
        stream.on('error', () => undefined);
        stream.on('close', () => {
          clearTimeout(timer);
          resolve(status);
        });
        stream.resume();
        stream.end(framed(message));
      }),
    close() {
      for (const each of sessions) each?.destroy();
    },
  };
}

/** One uncompressed gRPC message. */
function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
