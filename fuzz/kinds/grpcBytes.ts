/**
 * gRPC that is none: over HTTP/2 calls with wrong headers and broken frames, and connections that do not speak HTTP/2 at all. After
 * each the server still answers, and what it answers is no fault of its own.
 */
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { deflateSync, gzipSync } from 'node:zlib';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { baseline } from '../../contract/generate/baseline.ts';
import { commonValues } from '../../contract/states.ts';
import { codeOf } from '../../contract/status.ts';
import { rpcsOf, type Targets } from '../../contract/targets.ts';
import { type AnyKind, kind, type Seen } from '../kind.ts';
import { talk } from '../tcp.ts';
import { damaged, damages, texts } from '../texts.ts';

interface Call {
  readonly address: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}
interface Connection {
  readonly address: string;
  readonly parts: readonly Uint8Array[];
}
type Input = Call | Connection;

const ANSWER_WITHIN_MS = 30_000;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
/**
 * What gRPC's own table of status codes has its libraries answer INTERNAL for: what breaks the protocol below a request
 * (github.com/grpc/grpc, doc/statuscodes.md), in the words of grpc-js.
 */
const OF_PROTOCOL = /^Invalid grpc-timeout value|^Failed to decompress message|^Received end of stream/;

const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

export function grpcBytes(targets: Targets): AnyKind {
  const sessions = new Map<string, ClientHttp2Session>();
  const addresses = Object.values(targets).map(({ address }) => address);
  return kind<Input>({
    name: 'gRPC bytes',
    inputs: fc.oneof(
      { weight: 4, arbitrary: calls(targets) },
      { weight: 1, arbitrary: connections(addresses) },
    ),
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

/** A frame: whether it is compressed, the length, the message. */
function frame(flag: number, length: number, message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag & 0xff, 0);
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}

function calls(targets: Targets): fc.Arbitrary<Call> {
  const rpcs = rpcsOf(targets).map(({ path, target, method }) => ({
    path,
    address: target.address,
    bytes: toBinary(method.input, baseline(method.input, commonValues())),
  }));
  const reflected = Object.values(targets).map(({ address }) => ({
    path: REFLECTION,
    address,
    bytes: Buffer.from([0x3a, 0x00]),
  }));
  return fc
    .record({
      rpc: fc.constantFrom(...rpcs, ...reflected),
      path: usually(
        fc.oneof(
          texts.map((text) => `/${encodeURIComponent(text)}`),
          fc.constantFrom('/', '*', '/a/b'),
        ),
      ),
      method: usually(fc.constantFrom('GET', 'PUT', 'OPTIONS')),
      type: usually(
        fc.constantFrom('application/json', 'application/grpc-web', 'application/grpc+json', 'text/html', ''),
      ),
      encoding: usually(fc.constantFrom('gzip', 'deflate', 'br', 'identity', 'nonsense')),
      timeout: usually(fc.constantFrom('1S', '99999999H', '0n', '-1S', '1', 'S', '1x', '999999999999S')),
      frames: fc.array(frames, { maxLength: 3 }),
      all: usually(damages),
      more: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, headers),
    })
    .map(({ rpc, path, method, type, encoding, timeout, frames: made, all, more }) => {
      const body = Buffer.concat(made.map((make) => make(rpc.bytes)));
      return {
        address: rpc.address,
        headers: {
          ...more,
          ':method': method ?? 'POST',
          ':path': path ?? rpc.path,
          te: 'trailers',
          'content-type': type ?? 'application/grpc',
          ...(encoding !== undefined && { 'grpc-encoding': encoding }),
          'grpc-timeout': timeout ?? '20S',
        },
        body: all ? damaged(body, all) : body,
      };
    });
}

const usually = <T>(other: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: other });

const headers = fc.dictionary(
  fc.constantFrom('authorization', 'traceparent', 'x-a', 'grpc-trace-bin', 'a-bin', 'user-agent'),
  texts.map((text) =>
    text
      .replace(/[^\x20-\x7e]/g, '')
      .trim()
      .slice(0, 5_000),
  ),
  { maxKeys: 3 },
);

const BOMB_BYTES = 20 * 1024 * 1024;
const bomb = gzipSync(Buffer.alloc(BOMB_BYTES));

const frames: fc.Arbitrary<(right: Uint8Array) => Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: fc.constant((right: Uint8Array) => frame(0, right.length, right)) },
  fc.constantFrom(
    (right: Uint8Array) => frame(1, right.length, right),
    (right: Uint8Array) => frame(1, gzipSync(right).length, gzipSync(right)),
    (right: Uint8Array) => frame(1, deflateSync(right).length, deflateSync(right)),
    () => frame(1, bomb.length, bomb),
    (right: Uint8Array) => frame(0, right.length + 1, right),
    (right: Uint8Array) => frame(0, 2 ** 32 - 1, right),
    (right: Uint8Array) => frame(7, right.length, right),
  ),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => () => bytes),
);

const connections = (addresses: readonly string[]): fc.Arbitrary<Connection> =>
  fc.record({
    address: fc.constantFrom(...addresses),
    parts: fc
      .tuple(
        fc.boolean(),
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), http2Frames), { maxLength: 5 }),
        usually(damages),
      )
      .map(([isBegun, parts, all]) => {
        const begun = isBegun ? [PREFACE, SETTINGS] : [];
        return [...begun, ...(all ? parts.map((part) => damaged(part, all)) : parts)];
      }),
  });

/** Any type, flags and stream, with a payload of the length that it says or not. */
const http2Frames = fc
  .tuple(fc.nat(12), fc.nat(255), fc.nat(20), fc.uint8Array({ maxLength: 60 }), fc.nat(3))
  .map(([type, flags, stream, payload, off]): Uint8Array => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length + off, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  });

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
