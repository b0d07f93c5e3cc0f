import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, it } from 'mocha';
import { HealthService } from '../../proto/gen/grpc/health/v1/health.ts';
import {
  DiscardParkedEventRequest,
  type DiscardParkedEventResponse,
  GetTimerStatusResponse,
  OpsServiceService,
} from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { ChargeRequest, PaymentServiceService } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { createRateLimit } from '../access/rateLimit.ts';
import { CommitUnknown } from '../database.ts';
import { OrderlogError } from '../errors.ts';
import { createClient } from './client.ts';
import { startTestServer, type TestServer } from './server.testing.ts';
import { type CallInfo, encodedResponse, offer } from './service.ts';

const request: DiscardParkedEventRequest = {
  parkedId: randomUUID(),
  reason: 'a test event',
  operatorId: 'ada',
};
const DISCARD = OpsServiceService.discardParkedEvent;
/** More than 32 bits of ms. */
const FORTY_DAYS_MS = 40 * 86_400_000;

describe('a gRPC server', () => {
  let running: TestServer | undefined;
  const start = async (...args: Parameters<typeof startTestServer>): Promise<TestServer> => {
    running = await startTestServer(...args);
    return running;
  };
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  it('gives a handler its request and what it may know of the call', async () => {
    const seen: CallInfo[] = [];
    const { client } = await start({
      async discardParkedEvent({ reason }, call) {
        seen.push(call);
        assert.equal(reason, request.reason);
        return { event: undefined, replay: undefined };
      },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await client.discardParkedEvent(request, { traceparent, timeoutMs: 5_000 });
    await client.discardParkedEvent(request);
    const [first, second] = seen;
    assert.equal(first?.method, 'orderlog.ops.v1.OpsService/DiscardParkedEvent');
    assert.equal(first.traceparent, traceparent);
    assert.equal(first.caller, 'anonymous');
    assert.equal(first.requestBytes, DiscardParkedEventRequest.encode(request).finish().length);
    assert.ok(Math.abs((first.deadline?.getTime() ?? 0) - Date.now() - 5_000) < 2_000);
    assert.equal(second?.traceparent, undefined);
    assert.deepEqual(second?.fingerprint, first.fingerprint);
  });

  it('answers remembered bytes as they are', async () => {
    // A field that this version does not know: decoding and encoding would lose it.
    const bytes = Buffer.from('ba0603616263', 'hex');
    const { address } = await start({ discardParkedEvent: async () => encodedResponse(bytes) });
    assert.deepEqual(await rawCall(address, DISCARD.requestSerialize(request)), bytes);
  });

  it('says clearly what it does not offer yet', async () => {
    const { client } = await start({});
    await assert.rejects(client.getRelayStatus({}), {
      code: 'UNIMPLEMENTED',
      message: 'orderlog.ops.v1.OpsService/GetRelayStatus is not offered yet',
    });
  });

  it('refuses what breaks a rule before any handler sees it', async () => {
    const { client } = await start({ discardParkedEvent: () => assert.fail('handled') });
    await assert.rejects(
      client.discardParkedEvent({ ...request, operatorId: '' }),
      (error: OrderlogError) => {
        assert.equal(error.code, 'INVALID_ARGUMENT');
        assert.deepEqual(
          error.violations.map(({ field }) => field),
          ['operator_id'],
        );
        return true;
      },
    );
  });

  it('refuses a message above its bound', async () => {
    const { client } = await start({}, { bounds: { maxMessageBytes: 1_000 } });
    const big = { ...request, reason: 'x'.repeat(2_000) };
    await assert.rejects(client.discardParkedEvent(big), { code: 'RESOURCE_EXHAUSTED' });
  });

  it('tells a caller of its own errors, and nothing of its faults but where the log has them', async () => {
    const thrown: unknown[] = [
      new OrderlogError('NOT_FOUND', 'NO_EVENT', 'no such event'),
      new CommitUnknown(new Error('secret')),
      new Error('secret'),
    ];
    const { client, lines } = await start({ discardParkedEvent: () => Promise.reject(thrown.shift()) });
    const discard = () => client.discardParkedEvent(request);
    await assert.rejects(discard(), { code: 'NOT_FOUND', reason: 'NO_EVENT', message: 'no such event' });
    await assert.rejects(discard(), {
      code: 'UNAVAILABLE',
      reason: 'DEPENDENCY_UNAVAILABLE',
      retryAfterMs: 1_000,
    });
    await assert.rejects(discard(), (error: OrderlogError) => {
      const { errorId } = lines.find(({ level }) => level === 'error') ?? {};
      assert.equal(error.code, 'INTERNAL');
      assert.equal(error.message, `internal error; the service's log has it as ${errorId}`);
      return true;
    });
  });

  it('logs one line a call, with the ids that the request names', async () => {
    const { client, lines } = await start({
      discardParkedEvent: async () => ({ event: undefined, replay: undefined }),
    });
    await client.discardParkedEvent(request);
    const [line] = lines.filter(({ msg }) => msg === 'call');
    assert.equal(line?.level, 'debug');
    assert.equal(line.parkedId, request.parkedId);
    assert.equal(line.code, 'OK');
  });

  it('takes no call while its gate is closed, but tells its health', async () => {
    const gate = () => new OrderlogError('UNAVAILABLE', 'NOT_SERVING', 'not yet', { retryAfterMs: 500 });
    const { client } = await start({ discardParkedEvent: () => assert.fail('handled') }, { gate });
    await assert.rejects(client.discardParkedEvent(request), { code: 'UNAVAILABLE', retryAfterMs: 500 });
  });

  it('says how it does while its gate is closed, where a method is there for that', async () => {
    const gate = () => new OrderlogError('UNAVAILABLE', 'NOT_SERVING', 'not yet', { retryAfterMs: 500 });
    const ops = { getTimerStatus: async () => GetTimerStatusResponse.fromPartial({}) };
    const services = [offer(OpsServiceService, ops, { tellAlways: ['getTimerStatus'] })];
    const { client } = await start({}, { gate, services });
    await client.getTimerStatus({});
  });

  it('refuses what a caller asks above his limit, but not steps of sagas, nor health', async () => {
    const rate = createRateLimit({ requests: 2, windowSeconds: 3_600 });
    const charges = offer(PaymentServiceService, {});
    const done = { event: undefined, replay: undefined };
    const { client, address } = await start(
      { discardParkedEvent: async () => done },
      { rate, services: [offer(OpsServiceService, { discardParkedEvent: async () => done }), charges] },
    );
    await client.discardParkedEvent(request);
    await assert.rejects(client.discardParkedEvent({ ...request, parkedId: 'wrong' }), {
      code: 'INVALID_ARGUMENT',
    });
    await assert.rejects(client.discardParkedEvent(request), (error: OrderlogError) => {
      assert.deepEqual([error.code, error.reason], ['RESOURCE_EXHAUSTED', 'RATE_LIMITED']);
      assert.ok((error.retryAfterMs ?? 0) > 0);
      return true;
    });
    const health = createClient(HealthService, address);
    const payment = createClient(PaymentServiceService, address);
    for (let n = 0; n < 3; n++) {
      await health.check({ service: '' });
      await assert.rejects(payment.charge(ChargeRequest.create()), { code: 'INVALID_ARGUMENT' });
    }
    await assert.rejects(payment.getPayment({ orderId: '' }), { reason: 'RATE_LIMITED' });
    health.close();
    payment.close();
  });

  it('sheds calls above its bound at once, and takes calls again when others have ended', async () => {
    const gates: (() => void)[] = [];
    const handler = () =>
      new Promise<DiscardParkedEventResponse>((resolve) =>
        gates.push(() => resolve({ event: undefined, replay: undefined })),
      );
    const { client } = await start({ discardParkedEvent: handler }, { maxConcurrentCalls: 2 });
    const held = [client.discardParkedEvent(request), client.discardParkedEvent(request)];
    while (gates.length < 2) await sleep(5);
    await assert.rejects(client.discardParkedEvent(request), {
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 1_000,
    });
    for (const open of gates.splice(0)) open();
    await Promise.all(held);
    const later = client.discardParkedEvent(request);
    while (gates.length < 1) await sleep(5);
    gates[0]?.();
    await later;
  });

  it('closes connections above its bound as they come, and takes others when some have gone', async () => {
    const { address } = await start({}, { maxConnections: 1 });
    const connection = connect(`http://${address}`);
    await once(connection, 'remoteSettings');
    const refused = connect(`http://${address}`).on('error', () => undefined);
    const outcome = await new Promise((resolve) => {
      refused.once('remoteSettings', () => resolve('taken'));
      refused.once('close', () => resolve('closed'));
    });
    assert.equal(outcome, 'closed');
    connection.close();
    const health = createClient(HealthService, address);
    while (!(await health.check({ service: 'liveness' }).catch(() => undefined))) await sleep(20);
    health.close();
  });

  it('aborts the signal when the caller goes away, and when its deadline passes', async () => {
    const reasons: string[] = [];
    const begun = Promise.withResolvers<void>();
    const { client } = await start({
      discardParkedEvent: (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason.reason);
            reject(signal.reason);
          });
          begun.resolve();
        }),
    });
    const gone = new AbortController();
    const leaving = client.discardParkedEvent(request, { signal: gone.signal });
    await begun.promise;
    gone.abort();
    await assert.rejects(leaving, { code: 'CANCELLED' });
    await assert.rejects(client.discardParkedEvent(request, { timeoutMs: 2_000 }), {
      code: 'DEADLINE_EXCEEDED',
    });
    while (reasons.length < 2) await sleep(5);
    assert.equal(reasons[0], 'CALL_CANCELLED');
    // The client, whose clock is the same, hangs up at its deadline too: whichever is noticed first.
    assert.match(reasons[1] ?? '', /DEADLINE_EXCEEDED|CALL_CANCELLED/);
  });

  it('ends a call that takes longer than one may, whether its handler heeds that or not', async () => {
    const reasons: string[] = [];
    let end: () => void = () => undefined;
    const { client } = await start(
      {
        discardParkedEvent: (_request, { signal, deadline }) =>
          new Promise((resolve) => {
            assert.ok(deadline, 'there is a deadline, though the caller has none or a later one');
            signal.addEventListener('abort', () => reasons.push(signal.reason.reason));
            end = () => resolve({ event: undefined, replay: undefined });
          }),
      },
      { bounds: { maxCallMs: 100 }, maxConcurrentCalls: 1 },
    );
    const asked = () => client.discardParkedEvent(request, { timeoutMs: FORTY_DAYS_MS });
    await assert.rejects(asked(), (error: OrderlogError) => {
      assert.deepEqual([error.code, error.reason], ['DEADLINE_EXCEEDED', 'CALL_TOO_LONG']);
      return true;
    });
    assert.deepEqual(reasons, ['CALL_TOO_LONG']);
    await assert.rejects(asked(), { reason: 'TOO_MANY_CALLS' }, 'its place is taken until it ends');
    end();
  });

  it('takes a deadline that is weeks away for what it is', async () => {
    const { client } = await start({
      discardParkedEvent: async () => ({ event: undefined, replay: undefined }),
    });
    await client.discardParkedEvent(request, { timeoutMs: FORTY_DAYS_MS });
  });

  it('names the address and the setting when its port is in use', async () => {
    const { address } = await start({});
    const port = Number(address.split(':')[1]);
    await assert.rejects(startTestServer({}, { listen: { host: '127.0.0.1', port } }), {
      reason: 'PORT_IN_USE',
      message: `${address} is in use already: stop what uses it, or set ORDERLOG_TEST_LISTEN to another address`,
    });
  });

  it('ends the calls in progress when it drains, and takes no more', async () => {
    let started = false;
    const { server, client } = await start({
      async discardParkedEvent() {
        started = true;
        await sleep(100);
        return { event: undefined, replay: undefined };
      },
    });
    const inProgress = client.discardParkedEvent(request);
    while (!started) await sleep(5);
    await Promise.all([server.drain(5_000), inProgress]);
    await assert.rejects(client.discardParkedEvent(request), { code: 'UNAVAILABLE' });
  });

  it('cuts what does not end within the grace', async () => {
    let started = false;
    const { server, client, lines } = await start({
      discardParkedEvent() {
        started = true;
        return new Promise(() => undefined);
      },
    });
    const stuck = assert.rejects(client.discardParkedEvent(request));
    while (!started) await sleep(5);
    await server.drain(100);
    await stuck;
    assert.ok(lines.some(({ level }) => level === 'warn'));
  });
});

/** A call with bytes as they are. */
function rawCall(address: string, bytes: Buffer): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  const asItIs = (value: Buffer) => value;
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, response?: Buffer) => {
      client.close();
      if (error || !response) reject(error);
      else resolve(response);
    };
    client.makeUnaryRequest(DISCARD.path, asItIs, asItIs, bytes, new Metadata(), {}, done);
  });
}
