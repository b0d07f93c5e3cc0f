/** Calls over HTTP/2 with wrong headers and broken frames, and connections that do not speak HTTP/2 at all. */
import type { OutgoingHttpHeaders } from 'node:http2';
import { deflateSync, gzipSync } from 'node:zlib';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { baseline } from '../../contract/generate/baseline.ts';
import { commonValues } from '../../contract/states.ts';
import { rpcsOf, type Targets } from '../../contract/targets.ts';
import { damaged, damages, texts } from '../texts.ts';

export interface Call {
  readonly address: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
  /** Nothing is wrong with it below the message. */
  readonly isRight: boolean;
}
export interface Connection {
  readonly address: string;
  readonly parts: readonly Uint8Array[];
}
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

export const grpcInputs = (targets: Targets): fc.Arbitrary<Call | Connection> =>
  fc.oneof(
    { weight: 4, arbitrary: calls(targets) },
    { weight: 1, arbitrary: connections(Object.values(targets).map(({ address }) => address)) },
  );

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
      const whole = Buffer.concat(made.map((make) => make(rpc.bytes)));
      const body = all ? damaged(whole, all) : whole;
      const isUsual = [path, method, type, encoding, timeout].every((each) => each === undefined);
      const isRightBody = Buffer.compare(body, frame(0, rpc.bytes.length, rpc.bytes)) === 0;
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
        body,
        isRight: isUsual && isRightBody && Object.keys(more).length === 0,
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
