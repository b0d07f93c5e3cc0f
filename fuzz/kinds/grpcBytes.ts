/**
 * gRPC that is none (grpcInputs.ts). The server answers or hangs up, and what it answers is no fault of its own; a call that is as it
 * should be is answered by a status, whatever else was sent before.
 */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { codeOf } from '../../contract/status.ts';
import type { Targets } from '../../contract/targets.ts';
import { type AnyKind, kind, type Seen } from '../kind.ts';
import { talk } from '../tcp.ts';
import { type Call, type Connection, grpcInputs } from './grpcInputs.ts';

type Input = Call | Connection;

const ANSWER_WITHIN_MS = 30_000;
const OK = 200;
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

const { HTTP2_HEADER_STATUS, NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

/** What headers and trailers told, and how it came to its end. */
interface Heard {
  readonly told: Readonly<Record<string, unknown>>;
  readonly end: 'ended' | 'reset' | 'late';
}

const statusIn = ({ told }: Pick<Heard, 'told'>): unknown => told['grpc-status'];

async function attemptCall(sessions: Map<string, ClientHttp2Session>, call: Call): Promise<Seen> {
  const heard = await hear(sessionTo(sessions, call.address), call);
  const isLost = call.isRight && heard.end !== 'late' && statusIn(heard) === undefined;
  if (!isLost) return judged(call, heard);
  // A connection that was closed, for its age or for what was sent before, has its calls begun anew.
  sessions.get(call.address)?.destroy();
  return judged(call, await hear(sessionTo(sessions, call.address), call));
}

function hear(session: ClientHttp2Session, { headers, body }: Call): Promise<Heard> {
  return new Promise((resolve) => {
    const stream = session.request(headers);
    const told: Record<string, unknown> = {};
    const note = (given: Record<string, unknown>) => Object.assign(told, given);
    const end = (how: Heard['end']) => {
      clearTimeout(timer);
      stream.close(NGHTTP2_CANCEL);
      resolve({ told, end: how });
    };
    const timer = setTimeout(() => end('late'), ANSWER_WITHIN_MS);
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', () => end('reset'));
    // Without a status it may still turn out to have been reset.
    stream.on('end', () => {
      if (statusIn({ told }) !== undefined || (told[HTTP2_HEADER_STATUS] ?? OK) !== OK) end('ended');
    });
    stream.on('close', () => end(stream.rstCode === NGHTTP2_NO_ERROR ? 'ended' : 'reset'));
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

function judged({ isRight }: Pick<Call, 'isRight'>, heard: Heard): Seen {
  if (heard.end === 'late') return { outcome: 'none', wrong: `no answer within ${ANSWER_WITHIN_MS} ms` };
  const status = statusIn(heard);
  if (status === undefined) return judgedWithout(isRight, heard);
  const code = codeOf(Number(status));
  const message = decodeURIComponent(String(heard.told['grpc-message'] ?? ''));
  const isOfProtocol = !isRight && OF_PROTOCOL.test(message);
  const isFault = ['INTERNAL', 'UNKNOWN', 'DATA_LOSS'].includes(code) && !isOfProtocol;
  return { outcome: code, wrong: isFault ? `${code}: ${message}` : undefined };
}

/** What breaks the protocol may be reset, closed, or refused by HTTP; an answer of gRPC has a status. */
function judgedWithout(isRight: boolean, { told, end }: Heard): Seen {
  const http = told[HTTP2_HEADER_STATUS];
  const outcome = end === 'reset' ? 'reset' : String(http ?? 'closed');
  if (isRight) return { outcome, wrong: `a call that is as it should be got no status: ${outcome}` };
  if (end === 'reset') return { outcome, wrong: undefined };
  if (http === OK) return { outcome, wrong: 'an answer without a status' };
  return { outcome, wrong: Number(http) >= 500 ? `HTTP status ${http}` : undefined };
}
