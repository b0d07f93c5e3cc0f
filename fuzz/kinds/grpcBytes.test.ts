import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { readImage } from '../../contract/image.ts';
import { closeTargets, type Targets, targetsAt } from '../../contract/targets.ts';
import type { AnyKind } from '../kind.ts';
import { grpcBytes } from './grpcBytes.ts';
import type { Call } from './grpcInputs.ts';

const GRPC = { ':status': 200, 'content-type': 'application/grpc' };
const answer = (status: number, message: string) => (stream: ServerHttp2Stream) => {
  stream.respond({ ...GRPC, 'grpc-status': status, 'grpc-message': message }, { endStream: true });
};
const reset = (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR);
const hangUp = (stream: ServerHttp2Stream) => stream.session?.destroy();
const answerWithoutStatus = (stream: ServerHttp2Stream) => stream.respond(GRPC, { endStream: true });
const refuse = (stream: ServerHttp2Stream) => stream.respond({ ':status': 415 }, { endStream: true });

describe('what gRPC bytes are answered by', () => {
  let server: Http2Server;
  let targets: Targets;
  let kind: AnyKind;
  let address: string;
  let behave: (stream: ServerHttp2Stream) => void = reset;

  before(async () => {
    server = createServer();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      behave(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    targets = targetsAt(readImage(), { order: address, catalog: address, payment: address, query: address });
    kind = grpcBytes(targets);
  });
  after(() => {
    kind.close();
    closeTargets(targets);
    server.close();
  });

  const call = (isRight: boolean): Call => ({
    address,
    headers: { ':method': 'POST', ':path': '/a/b', te: 'trailers', 'content-type': 'application/grpc' },
    body: Buffer.alloc(5),
    isRight,
  });
  const attempt = (how: typeof behave, isRight: boolean) => {
    behave = how;
    return kind.attempt(call(isRight));
  };

  for (const [what, how, ofWrong, ofRight] of [
    ['a status', answer(5, 'none'), undefined, undefined],
    ['a fault', answer(13, 'oh'), /INTERNAL: oh/, /INTERNAL: oh/],
    ['a fault of the protocol', answer(13, 'Received end of stream'), undefined, /INTERNAL/],
    ['a reset', reset, undefined, /no status: reset/],
    ['the end of the connection', hangUp, undefined, /no status/],
    ['a refusal by HTTP', refuse, undefined, /no status: 415/],
    ['an answer without a status', answerWithoutStatus, /without a status/, /no status: 200/],
  ] as const) {
    it(`may be ${what}, or not, by whether the call is right`, async () => {
      for (const [isRight, wanted] of [
        [false, ofWrong],
        [true, ofRight],
      ] as const) {
        const { wrong } = await attempt(how, isRight);
        if (wanted) assert.match(wrong ?? 'nothing', wanted);
        else assert.equal(wrong, undefined);
      }
    });
  }

  it('is looked at again where the connection was closed on a call that is right', async () => {
    let heard = 0;
    const first = (stream: ServerHttp2Stream) => {
      heard += 1;
      if (heard === 1) hangUp(stream);
      else answer(0, '')(stream);
    };
    assert.deepEqual(await attempt(first, true), { outcome: 'OK', wrong: undefined });
    assert.equal(heard, 2);
  });
});
