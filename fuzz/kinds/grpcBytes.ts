/**
 * gRPC that is none (grpcInputs.ts). The server answers or hangs up, and what it answers is no fault of its own.
 */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { codeOf } from '../../contract/status.ts';
import type { Targets } from '../../contract/targets.ts';
import { type AnyKind, kind, type Seen } from '../kind.ts';
import { talk } from '../tcp.ts';
import { type Call, type Connection, grpcInputs } from './grpcInputs.ts';

type Input = Call | Connection;

const ANSWER_WITHIN_MS = 30_000;
/**
 * What gRPC's own table of status codes has its libraries answer INTERNAL for: what breaks the protocol below a request
 * (github.com/grpc/grpc, doc/statuscodes.md), in the words of grpc-js.
 */
const OF_PROTOCOL = /^Invalid grpc-timeout value|^Failed to decompress message|^Received end of stream/;

export function grpcBytes(targets: Targets): AnyKind {
  const sessions = new Map<string, ClientHttp2Session>();
  return kind<Input>({
    name: 'gRPC bytes',
    inputs: grpcInputs(targets),
    describe: (input) =>
      'parts' in input
        ? `to ${input.address}: ${input.parts.map((part) => Buffer.from(part).toString('hex')).join(' ')}`
        : `to ${input.address}: ${JSON.stringify(input.headers)} ${Buffer.from(input.body.subarray(0, 1_000)).toString('hex')}`,
    attempt: (input) => ('parts' in input ? attemptConnection(input) : attemptCall(sessions, input)),
    close: () => {
      for (const session of sessions.values()) session.destroy();
    },
  });
}

async function attemptConnection({ address, parts }: Connection): Promise<Seen> {
  const { leftOpen } = await talk(address, parts, ANSWER_WITHIN_MS);
  return {
    outcome: 'closed',
    wrong: leftOpen ? `the connection stayed open for ${ANSWER_WITHIN_MS} ms` : undefined,
  };
}

const { HTTP2_HEADER_STATUS } = constants;

function attemptCall(
  sessions: Map<string, ClientHttp2Session>,
  { address, headers, body }: Call,
): Promise<Seen> {
  const session = sessionTo(sessions, address);
  return new Promise((resolve) => {
    const stream = session.request(headers);
    const told: Record<string, unknown> = {};
    const note = (given: Record<string, unknown>) => Object.assign(told, given);
    const end = (seen: Seen) => {
      clearTimeout(timer);
      stream.close(constants.NGHTTP2_CANCEL);
      resolve(seen);
    };
    const timer = setTimeout(
      () => end({ outcome: 'none', wrong: `no answer within ${ANSWER_WITHIN_MS} ms` }),
      ANSWER_WITHIN_MS,
    );
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', () => end({ outcome: 'reset', wrong: undefined }));
    stream.on('end', () => end(judged(told)));
    stream.on('close', () => end(judged(told)));
    stream.resume();
    stream.end(body);
  });
}

function sessionTo(sessions: Map<string, ClientHttp2Session>, address: string): ClientHttp2Session {
  const known = sessions.get(address);
  if (known && !known.closed && !known.destroyed) return known;
  const session = connect(`http://${address}`);
  // Each stream tells of it.
  session.on('error', () => undefined);
  sessions.set(address, session);
  return session;
}

/** By what the headers and trailers told. */
function judged(told: Readonly<Record<string, unknown>>): Seen {
  const http = Number(told[HTTP2_HEADER_STATUS] ?? 200);
  const grpc = told['grpc-status'];
  if (grpc === undefined) {
    return { outcome: String(http), wrong: http >= 500 ? `HTTP status ${http}` : undefined };
  }
  const code = codeOf(Number(grpc));
  const message = decodeURIComponent(String(told['grpc-message'] ?? ''));
  const isFault = ['INTERNAL', 'UNKNOWN', 'DATA_LOSS'].includes(code) && !OF_PROTOCOL.test(message);
  return { outcome: code, wrong: isFault ? `${code}: ${message}` : undefined };
}
