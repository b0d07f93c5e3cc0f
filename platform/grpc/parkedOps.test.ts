import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { OpsServiceService, type ParkedEvent } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { OrderCreated } from '../../proto/gen/orderlog/order/v1/events.ts';
import { SagaContext } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { ANYBODY, type Caller } from '../access/caller.ts';
import { type ParkedBed, startParkedBed } from '../consume/parkedBed.testing.ts';
import { silent } from '../consume/testbed.testing.ts';
import { createClient, type GrpcClient } from './client.ts';
import { parkedOps } from './parkedOps.ts';
import { createGrpcServer, type GrpcServer } from './server.ts';
import { offer } from './service.ts';

const UNKNOWN = '00000000-0000-5000-8000-000000000000';
const created = 'orderlog.order.v1.OrderCreated';
const refusal = (code: string, message: RegExp) => (error: Error & { code?: string }) => {
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

describe('OpsService on parked events', () => {
  let nats: TestNats;
  let bed: ParkedBed;
  let server: GrpcServer;
  let ops: GrpcClient<typeof OpsServiceService>;
  let caller: Caller;
  before(async function () {
    this.timeout(120_000);
    nats = await testNats();
  });
  beforeEach(async () => {
    bed = await startParkedBed(nats.url, await freshDatabase());
    caller = ANYBODY;
    server = createGrpcServer({
      logger: silent,
      services: [offer(OpsServiceService, parkedOps(bed.db, new Map([['puts', bed.replay]])))],
      listen: { host: '127.0.0.1', port: 0 },
      listenVariable: 'LISTEN',
      admit: () => caller,
    });
    ops = createClient(OpsServiceService, `127.0.0.1:${await server.start()}`);
  });
  afterEach(async () => {
    ops.close();
    await server.drain(500);
    await bed.stop();
  });
  after(() => nats.stop());

  const list = (query = {}) =>
    ops.listParkedEvents({
      consumer: '',
      aggregateId: '',
      type: '',
      parkedId: '',
      pageSize: 0,
      pageToken: '',
      ...query,
    });
  const parked = async (aggregateId: string): Promise<readonly ParkedEvent[]> =>
    (await list({ aggregateId })).events;
  const idOf = async (aggregateId: string, at = 0) => (await parked(aggregateId))[at]?.parkedId ?? '';
  const replay = (request = {}) =>
    ops.replayParkedEvents({
      consumer: 'puts',
      aggregateId: '',
      type: '',
      maxEvents: 0,
      pageToken: '',
      ...request,
    });
  const discard = (parkedId: string, reason = 'counted by hand', operatorId = 'ada') =>
    ops.discardParkedEvent({ parkedId, reason, operatorId });

  it('lists what is parked with its place in the queue, in pages and by what is asked for', async () => {
    await bed.poison('a', 1, created);
    await bed.log.put('a', 2);
    await bed.poison('b', 3);
    await bed.log.put('a', 4);
    await bed.settled();
    const places = (events: readonly ParkedEvent[]) =>
      events.map(({ sequence, ahead, waiting }) => `${sequence}: ${ahead} ahead, ${waiting} waiting`);
    const first = await list({ pageSize: 3 });
    assert.deepEqual(places(first.events), [
      '1: 0 ahead, 2 waiting',
      '2: 1 ahead, 1 waiting',
      '3: 0 ahead, 0 waiting',
    ]);
    const second = await list({ pageSize: 3, pageToken: first.nextPageToken });
    assert.deepEqual(places(second.events), ['4: 2 ahead, 0 waiting']);
    assert.equal(second.nextPageToken, '');
    assert.deepEqual(places((await list({ type: created })).events), ['1: 0 ahead, 2 waiting']);
    assert.deepEqual(places((await list({ parkedId: await idOf('b') })).events), ['3: 0 ahead, 0 waiting']);
    assert.deepEqual((await list({ consumer: 'other' })).events, []);
    await assert.rejects(list({ pageToken: 'x' }), refusal('INVALID_ARGUMENT', /page_token/));
  });

  it('ends a page before it becomes too large for a message', async () => {
    for (let n = 0; n < 5; n++) await bed.log.publish('a', created, Buffer.alloc(900_000, '!'));
    await bed.settled();
    const first = await list();
    assert.equal(first.events.length, 3);
    assert.equal((await list({ pageToken: first.nextPageToken })).events.length, 2);
  });

  it('shows headers, and the payload without its sealed token and whose it is', async () => {
    const sealedPaymentToken = { keyId: 'k1', nonce: Buffer.alloc(12), ciphertext: Buffer.from('secret') };
    const context = SagaContext.fromPartial({ orderId: 'a', customerId: 'ada', sealedPaymentToken });
    const event = OrderCreated.fromPartial({ context, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] });
    // A field of tomorrow, in which another secret may stand.
    const bytes = Buffer.concat([
      OrderCreated.encode(event).finish(),
      Buffer.from([0xfa, 0x3f, 2, 115, 101]),
    ]);
    await bed.log.publish('a', created, bytes);
    await bed.log.publish('b', created, Buffer.from('!'));
    await bed.log.publish('c', 'orderlog.order.v9.Unheard', bytes);
    await bed.settled();
    const [shown, broken, unheard] = (await list()).events;
    assert.equal(shown?.event?.typeUrl, `type.googleapis.com/${created}`);
    assert.deepEqual(
      Buffer.from(shown?.event?.value ?? ''),
      Buffer.from(
        OrderCreated.encode({
          ...event,
          context: { ...context, customerId: '[redacted]', sealedPaymentToken: undefined },
        }).finish(),
      ),
    );
    assert.deepEqual([broken?.event, unheard?.event], [undefined, undefined]);
    assert.deepEqual([shown?.payloadBytes, broken?.payloadBytes], [BigInt(bytes.length), 1n]);
    assert.deepEqual(shown?.headers, {
      subject: `parked${shown?.stream.slice(6)}.c.a.OrderCreated`,
      'ce-id': shown?.eventId,
      'ce-type': created,
      'ce-time': '2026-01-02T03:04:05.678Z',
      'ce-subject': 'a',
      'ol-version': '1',
      'ol-prev': '0',
      'ol-epoch': '1',
    });
  });

  it('replays, and says what failed again and what is left', async () => {
    await bed.poison('a', 1);
    await bed.log.put('a', 2);
    await bed.log.put('b', 13);
    await bed.settled();
    const { error, failedParkedId, ...counts } = await replay({ aggregateId: 'a' });
    assert.deepEqual(counts, { replayed: 0, failed: 1, stillParked: 2, nextPageToken: '' });
    assert.match(error, /the bug/);
    assert.equal(failedParkedId, await idOf('a'));
    bed.fixed = true;
    const canary = await replay({ maxEvents: 1 });
    assert.deepEqual([canary.replayed, canary.stillParked, canary.error], [1, 2, '']);
    const others = await replay({ pageToken: canary.nextPageToken });
    assert.deepEqual([others.replayed, others.failed, others.stillParked], [1, 1, 1]);
    assert.equal(await bed.amounts('a'), '1 2');
    await assert.rejects(
      replay({ consumer: 'other' }),
      refusal('NOT_FOUND', /no consumer other in this service: it has puts/),
    );
  });

  it('discards the head for a reason that is kept, and handles what waited', async () => {
    await bed.poison('a', 1, created);
    await bed.log.put('a', 2);
    await bed.log.put('a', 3);
    await bed.settled();
    const parkedId = await idOf('a');
    await assert.rejects(
      discard(await idOf('a', 1)),
      refusal('FAILED_PRECONDITION', new RegExp(`waits behind ${parkedId}`)),
    );
    const { event, replay: behind } = await discard(parkedId);
    assert.equal(event?.parkedId, parkedId);
    assert.deepEqual([behind?.replayed, behind?.stillParked], [2, 0]);
    assert.equal(await bed.amounts('a'), '2 3');
    const { rows } = await sql<Record<string, unknown>>`select * from parked_discards`.execute(bed.db);
    const [kept] = rows;
    assert.deepEqual(
      [kept?.reason, kept?.operator_id, kept?.type, String(kept?.payload)],
      ['counted by hand', 'ada', created, '!{"key":"a","amount":1}'],
    );
    assert.deepEqual(kept?.headers, { ...Object(kept?.headers), version: 1, epoch: 1, prev: 0 });
    await assert.rejects(sql`update parked_discards set reason = ''`.execute(bed.db), /append-only/);
    // An answer that was lost is given again; another's decision is not overwritten.
    assert.equal((await discard(parkedId)).event?.parkedId, parkedId);
    await assert.rejects(
      discard(parkedId, 'mine', 'bob'),
      refusal('FAILED_PRECONDITION', /^ada has discarded .*: counted by hand$/),
    );
  });

  it('discards in the name of him alone whose token it is', async () => {
    await bed.poison('a', 1, created);
    await bed.settled();
    const parkedId = await idOf('a');
    caller = { ...ANYBODY, caller: 'grace', bearer: 'her token' };
    await assert.rejects(discard(parkedId), refusal('PERMISSION_DENIED', /^operator_id must be /));
    assert.equal((await parked('a')).length, 1);
    await discard(parkedId, 'counted by hand', 'grace');
    assert.equal((await parked('a')).length, 0);
  });

  it('never discards what a saga cannot do without, nor what it does not know', async () => {
    const refused = {
      'orderlog.payment.v1.PaymentProcessed': /is the pivot of the saga place-order/,
      'orderlog.catalog.v1.ReservationReleased': /is a compensation of/,
      'orderlog.payment.v1.PaymentRefunded': /is a step of the saga place-order that must succeed in the end/,
      'orderlog.order.v1.OrderCompleted': /is an end of/,
      'orderlog.order.v1.OrderCancelled': /is an end of/,
      'test.v1.Put': /is of a type that this version does not know/,
    };
    for (const type of Object.keys(refused)) await bed.poison(type, 1, type);
    await bed.poison('item', 1, 'orderlog.catalog.v1.ItemPut');
    await bed.settled();
    for (const [type, why] of Object.entries(refused)) {
      await assert.rejects(discard(await idOf(type)), refusal('FAILED_PRECONDITION', why));
    }
    await discard(await idOf('item'));
    assert.equal((await list()).events.length, Object.keys(refused).length);
  });

  it('needs a reason, an operator and an event', async () => {
    await assert.rejects(discard(UNKNOWN), refusal('NOT_FOUND', new RegExp(`no parked event ${UNKNOWN}`)));
    await assert.rejects(discard(UNKNOWN, ''), refusal('INVALID_ARGUMENT', /^reason: /));
    await assert.rejects(discard(UNKNOWN, 'why', ''), refusal('INVALID_ARGUMENT', /^operator_id: /));
  });
});
