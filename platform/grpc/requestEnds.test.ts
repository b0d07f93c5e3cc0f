import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { freePort } from '../../cli/servers/ports.ts';
import { HealthService } from '../../proto/gen/grpc/health/v1/health.ts';
import {
  ServerReflectionRequest,
  ServerReflectionService,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { ConsumerRange, OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import {
  OrderQueryServiceService,
  WatchOrderRequest,
  WatchOrderResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { OrderlogError } from '../errors.ts';
import { holdingCalls, type OpsHandlers, startTestServer } from './server.testing.ts';
import type { GrpcServerOptions } from './server.ts';
import { offer } from './service.ts';

const BOUND_MS = 100;
/** Longer than the bound and than what may pass until somebody looks. */
const LONG_AFTER_MS = 500;
const HANGS_MS = 2_000;
const CALL: string = OpsServiceService.getConsumerStatus.path;
const TALK = ServerReflectionService.serverReflectionInfo.path;
const WATCH = OrderQueryServiceService.watchOrder.path;
const EMPTY_MESSAGE = Buffer.alloc(5);
/** So many answers are far more than a stream may have on its way; a hundred took a busy machine longer to read than a call may hang. */
const MANY = 20;
const ASKING_FOR_MUCH = messageOf(
  ServerReflectionRequest.encode(
    ServerReflectionRequest.create({ fileByFilename: 'orderlog/ops/v1/ops_service.proto' }),
  ).finish(),
);

/** How a call is begun, if not plainly. */
interface Begin {
  readonly headers?: OutgoingHttpHeaders;
  /** Whether its caller reads what is answered. */
  readonly reads?: boolean;
  readonly message?: Buffer;
}

function messageOf(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

describe('a request that never ends', () => {
  const after: (() => unknown)[] = [];
  afterEach(async () => {
    for (const each of after.splice(0).reverse()) await each();
  });

  async function start(handlers: OpsHandlers, options?: Partial<GrpcServerOptions>) {
    const started = await startTestServer(handlers, { bounds: { maxRequestMs: BOUND_MS }, ...options });
    after.push(() => started.stop());
    return { ...started, connection: await connected(started.address) };
  }

  async function connected(address: string): Promise<ClientHttp2Session> {
    const connection = connect(`http://${address}`);
    after.push(() => connection.destroy());
    await once(connection, 'remoteSettings');
    return connection;
  }

  /** A call whose request is begun. */
  const begin = (
    connection: ClientHttp2Session,
    path = CALL,
    { headers = {}, reads = true, message = EMPTY_MESSAGE }: Begin = {},
  ): ClientHttp2Stream => {
    const ofGrpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    const stream = connection.request({ ...ofGrpc, ':path': path, ...headers });
    stream.on('error', () => undefined);
    if (reads) stream.resume();
    stream.write(message);
    return stream;
  };
  const closed = async (stream: ClientHttp2Stream): Promise<number | string> => {
    const close = once(stream, 'close').then(() => stream.rstCode);
    return Promise.race([close, sleep(HANGS_MS, 'it hangs')]);
  };
  const answering: OpsHandlers = { getConsumerStatus: async () => ({ ranges: [] }) };

  it('is cancelled when its time is over, however long its caller would wait, and others go on', async () => {
    const { client, connection } = await start(answering);
    const endless = [
      begin(connection),
      begin(connection, CALL, { headers: { 'grpc-timeout': '1H' } }),
      begin(connection, '/orderlog.ops.v1.OpsService/NoSuch'),
    ].map(closed);
    const [first, second, unknown] = await Promise.all(endless);
    assert.deepEqual([first, second], Array(2).fill(constants.NGHTTP2_CANCEL));
    assert.notEqual(unknown, 'it hangs');
    assert.deepEqual(await client.getConsumerStatus({}), { ranges: [] });
  });

  it('is cancelled where health alone is answered too', async () => {
    const healthListen = { host: '127.0.0.1', port: await freePort() };
    await start(answering, { healthListen });
    const connection = await connected(`127.0.0.1:${healthListen.port}`);
    const stream = begin(connection, HealthService.check.path);
    assert.equal(await closed(stream), constants.NGHTTP2_CANCEL);
  });

  it('holds up no server that stops', async () => {
    const { server, connection } = await start(answering);
    const stream = begin(connection);
    connection.once('goaway', () => connection.close());
    await sleep(BOUND_MS / 2);
    const startedAt = performance.now();
    await Promise.all([server.drain(60_000), closed(stream)]);
    assert.ok(performance.now() - startedAt < HANGS_MS);
  });

  it('is no request that ended in time, whatever time its answer takes', async () => {
    const { handlers, hasBegun, letGo } = holdingCalls();
    const { connection } = await start(handlers);
    const stream = begin(connection);
    stream.end();
    const end = closed(stream);
    await hasBegun(1);
    await sleep(LONG_AFTER_MS);
    assert.equal(stream.closed, false);
    letGo();
    assert.equal(await end, constants.NGHTTP2_NO_ERROR);
  });

  it('is no talk with reflection, until that was refused or has lasted as long as a stream may', async () => {
    const talking = await start({});
    const talk = begin(talking.connection, TALK);
    await sleep(LONG_AFTER_MS);
    assert.equal(talk.closed, false);

    const refusal = new OrderlogError('UNAUTHENTICATED', 'NO_TOKEN', 'there is no token');
    const refusing = await start({}, { admit: () => Promise.reject(refusal) });
    assert.equal(await closed(begin(refusing.connection, TALK)), constants.NGHTTP2_CANCEL);

    const bounds = { maxRequestMs: BOUND_MS, maxWatchMs: LONG_AFTER_MS };
    const ending = await start({}, { bounds });
    const old = begin(ending.connection, TALK);
    const [[trailers], end] = await Promise.all([once(old, 'trailers'), closed(old)]);
    assert.deepEqual([trailers['grpc-status'], end], ['14', constants.NGHTTP2_CANCEL]);
  });

  /** A talk whose caller does not read what he asks for. */
  const unread = (connection: ClientHttp2Session): ClientHttp2Stream => {
    const talk = begin(connection, TALK, { reads: false });
    for (let n = 0; n < MANY; n += 1) talk.write(ASKING_FOR_MUCH);
    return talk;
  };

  it('is cut too when it talks with reflection and reads no answers', async () => {
    const bounds = { maxRequestMs: BOUND_MS, maxWatchMs: LONG_AFTER_MS };
    const { connection } = await start({}, { bounds });
    assert.equal(await closed(unread(connection)), constants.NGHTTP2_CANCEL);
  });

  it('is told why its talk with reflection is over, though it reads late', async () => {
    const bounds = { maxRequestMs: HANGS_MS, maxWatchMs: BOUND_MS };
    const { connection } = await start({}, { bounds });
    const talk = unread(connection);
    await sleep(LONG_AFTER_MS);
    const told = once(talk.resume(), 'trailers').then(([{ 'grpc-status': status }]) => status);
    assert.equal(await Promise.race([told, closed(talk)]), '14');
  });

  const MUCH = 'x'.repeat(100_000);

  it('is no better if it ends, but its answer is not taken when the time of its call is over', async () => {
    const range = ConsumerRange.fromPartial({ consumer: MUCH });
    const bounds = { maxRequestMs: BOUND_MS, maxCallMs: LONG_AFTER_MS };
    const { connection } = await start(
      { getConsumerStatus: async () => ({ ranges: [range, range] }) },
      { bounds },
    );
    const call = begin(connection, CALL, { reads: false });
    call.end();
    assert.equal(await closed(call), constants.NGHTTP2_CANCEL);
  });

  /** A server of a stream that never ends, and a watcher of it who reads nothing. */
  async function unreadWatch(bounds: GrpcServerOptions['bounds']) {
    const watchOrder = async function* () {
      for (;;) yield WatchOrderResponse.fromPartial({ event: { type: MUCH } });
    };
    const services = [offer(OrderQueryServiceService, { watchOrder })];
    const { connection } = await start({}, { services, bounds });
    const request = WatchOrderRequest.encode({ orderId: randomUUID(), afterVersion: 0 }).finish();
    const watch = begin(connection, WATCH, { reads: false, message: messageOf(request) });
    watch.end();
    return watch;
  }

  it('is no better as a watch that nobody reads when its time is over', async () => {
    const watch = await unreadWatch({ maxRequestMs: BOUND_MS, maxWatchMs: LONG_AFTER_MS });
    await sleep(LONG_AFTER_MS / 2);
    assert.equal(watch.closed, false);
    assert.equal(await closed(watch), constants.NGHTTP2_CANCEL);
  });

  it('is told why its watch is over, though it reads late', async () => {
    const watch = await unreadWatch({ maxRequestMs: HANGS_MS, maxWatchMs: BOUND_MS });
    await sleep(LONG_AFTER_MS);
    const told = once(watch.resume(), 'trailers').then(([{ 'grpc-status': status }]) => status);
    assert.equal(await Promise.race([told, closed(watch)]), '14');
  });
});
