import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { freePorts } from '../cli/servers/ports.ts';
import { testFolder } from '../cli/servers/testing.ts';
import { silent } from '../cli/start/reporter.ts';
import { startSystem } from '../cli/start/system.ts';
import { shortName } from '../platform/events.ts';
import { createClient, type GrpcClient } from '../platform/grpc/client.ts';
import { derivedId, partitionOf } from '../platform/ids.ts';
import {
  type ExplainOrderResponse,
  type HindranceKind,
  hindranceKindToJSON,
  OrderServiceService,
  type PlaceOrderRequest,
} from '../proto/gen/orderlog/order/v1/order_service.ts';
import { orderStatusToJSON } from '../proto/gen/orderlog/order/v1/types.ts';
import { PaymentServiceService } from '../proto/gen/orderlog/payment/v1/payment_service.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { ended, type Orders, orderOf } from './support/orders.ts';
import { until } from './support/system.ts';

const BREAKER_OPENS_AFTER = 6;
const ASKED_FOR_MS = 90_000;

/** On a system of its own: what it stops, breaks and puts into the log is nobody else's business. */
describe('an order, explained from outside', function () {
  this.timeout(240_000);
  let base: number;
  let running: Awaited<ReturnType<typeof startSystem>>;
  let orders: Orders;
  let payments: GrpcClient<typeof PaymentServiceService>;
  before(async () => {
    base = await freePorts(100);
    running = await startSystem({
      dataDir: join(testFolder(), 'explain'),
      portBase: String(base),
      env: {
        ...process.env,
        ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS: '1',
        ORDERLOG_PROVIDER_TIMEOUT_MS: '500',
      },
      reporter: silent,
    });
    orders = createClient(OrderServiceService, running.addresses.order);
    payments = createClient(PaymentServiceService, running.addresses.payment);
  });
  after(async () => {
    orders?.close();
    payments?.close();
    await running?.stop();
  });

  const place = async (fields: Partial<PlaceOrderRequest> = {}) =>
    (await orders.placeOrder(orderOf(fields))).orderId;
  const explain = (orderId: string, at: { atVersion?: number; atTime?: Date } = {}) =>
    orders.explainOrder({ orderId, ...at });
  const orderlog = (...args: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { ...process.env, ORDERLOG_PORT_BASE: String(base) }, timeout: 30_000 };
      const child = execFile(
        process.execPath,
        ['cli/bin.js', 'explain', ...args],
        options,
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  const setProviderFault = (mode: 'none' | 'down') =>
    fetch(`http://${running.sandboxAddress}/v1/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mode }),
    });
  const statusIn = ({ status }: ExplainOrderResponse) =>
    orderStatusToJSON(status).replace('ORDER_STATUS_', '');
  const kindOf = (kind: HindranceKind) => hindranceKindToJSON(kind).replace('HINDRANCE_KIND_', '');
  const typesIn = ({ events }: ExplainOrderResponse) =>
    events.map(({ event }) => shortName(event?.type ?? ''));
  /** Once it has ended, nothing of it remains, and every service tells of it. */
  async function settled(orderId: string): Promise<ExplainOrderResponse> {
    await ended(orders, orderId);
    let last: ExplainOrderResponse | undefined;
    await until(async () => {
      last = await explain(orderId);
      assert.equal(last.waitingFor, undefined, last.summary);
      assert.deepEqual(last.notKnown, []);
    });
    return last as ExplainOrderResponse;
  }
  /** Once it is kept by what the pattern says. */
  async function hindered(orderId: string, kind: string, text: RegExp): Promise<ExplainOrderResponse> {
    let last: ExplainOrderResponse | undefined;
    await until(async () => {
      last = await explain(orderId);
      const found = last.waitingFor?.hindrances.find((each) => kindOf(each.kind) === kind);
      assert.match(found?.text ?? `no ${kind}: ${last.summary}`, text);
    }, 60_000);
    return last as ExplainOrderResponse;
  }
  /** The same as the command line tells it. */
  async function assertSaid(orderId: string, text: RegExp): Promise<void> {
    const { stdout, code } = await orderlog(orderId);
    assert.equal(code, 0);
    assert.match(stdout.replaceAll(/\s+/g, ' '), text);
  }

  it('that is complete: with all that happened, in every service, and why; for people and programs', async () => {
    const orderId = await place();
    const now = await settled(orderId);
    assert.equal(statusIn(now), 'COMPLETED');
    assert.match(
      now.summary,
      /the money was taken and the goods left the shelf\. The order was completed at /,
    );
    assert.deepEqual([now.ifNextStepFails, now.remaining, now.notKnown], ['', [], []]);
    const seen = typesIn(now);
    assert.deepEqual([...seen].sort(), [
      'ItemsReserved',
      'OrderCompleted',
      'OrderCreated',
      'OrderItemsReserved',
      'OrderPaid',
      'PaymentProcessed',
      'PaymentStarted',
      'ReservationConfirmed',
    ]);
    for (const [index, { event }] of now.events.entries()) {
      if (index === 0) assert.equal(event?.cause, undefined);
      else
        assert.ok(now.events.slice(0, index).some((each) => each.event?.eventId === event?.cause?.eventId));
      assert.ok(event?.createTime);
    }
    await assertSaid(
      orderId,
      /^ORDER_STATUS_COMPLETED .* Steps .* reserve catalog succeeded .* What happened /,
    );
    const { stdout } = await orderlog(orderId, '--json');
    const json = JSON.parse(stdout);
    assert.equal(json.summary, now.summary);
    assert.equal(json.events[0].event.event.lines[0].sku, 'SKU-COFFEE');
    assert.doesNotMatch(stdout, /sealed|ciphertext/i);
  });

  it('at moments of its past, by version and by time', async () => {
    const orderId = await place();
    const now = await settled(orderId);
    const first = await explain(orderId, { atVersion: 1 });
    assert.deepEqual([statusIn(first), typesIn(first)], ['PENDING', ['OrderCreated']]);
    assert.equal(first.waitingFor?.step, 'reserve');
    assert.match(first.summary, /^As it stood at .*, after its first event: .* It waited for Catalog /);
    const reservedAt = now.events.find(({ event }) => event?.type.endsWith('.OrderItemsReserved'))?.event
      ?.createTime;
    assert.ok(reservedAt);
    const then = await explain(orderId, { atTime: reservedAt });
    assert.ok(['RESERVED', 'COMPLETED'].includes(statusIn(then)), statusIn(then));
    assert.ok(!typesIn(then).includes('ReservationConfirmed'));
    const said = await orderlog(orderId, '--at', reservedAt.toISOString());
    assert.match(said.stdout, new RegExp(`^ORDER_STATUS_${statusIn(then)}`));
  });

  it('that does not exist, or did not at that moment, is refused', async () => {
    const orderId = await place();
    const before = new Date(Date.now() - 60_000);
    const notThen = { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND_THEN' };
    await assert.rejects(explain(randomUUID()), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
    await assert.rejects(explain(orderId, { atTime: before }), notThen);
    await assert.rejects(explain(orderId, { atVersion: 999 }), notThen);
    const unknown = await orderlog(randomUUID());
    assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
    assert.match(unknown.stderr, /^orderlog: no order \S+\n$/);
  });

  it('that was rejected, or cancelled as it was declined', async () => {
    const rejected = await settled(await place({ lines: [{ sku: 'SKU-SOLD-OUT', quantity: 1 }] }));
    assert.equal(statusIn(rejected), 'REJECTED');
    assert.match(rejected.summary, /The goods could not be set aside\. .* The reason: SKU-SOLD-OUT/);
    const declined = await settled(await place({ paymentToken: 'tok_declined' }));
    assert.equal(statusIn(declined), 'CANCELLED');
    assert.match(declined.summary, /The payment was declined and the goods were freed again\./);
  });

  it('in the other modes', async () => {
    const orchestrated = await settled(await place({ sagaMode: SagaMode.SAGA_MODE_ORCHESTRATION }));
    assert.equal(statusIn(orchestrated), 'COMPLETED');
    assert.ok(typesIn(orchestrated).includes('ConfirmRequested'));
    const direct = await settled(await place({ sagaMode: SagaMode.SAGA_MODE_DIRECT }));
    assert.equal(statusIn(direct), 'COMPLETED');
    assert.equal(direct.sagaMode, SagaMode.SAGA_MODE_DIRECT);
    const declined = { paymentToken: 'tok_declined', sagaMode: SagaMode.SAGA_MODE_DIRECT };
    assert.match((await settled(await place(declined))).summary, /the goods were freed again/);
  });

  it('that has a parked event in its way', async () => {
    const request = orderOf();
    const orderId = derivedId(`order/anonymous/${request.requestId}`);
    await plantUnreadable(orderId);
    await orders.placeOrder(request);
    // What Catalog reports comes another way than what is in the way.
    await until(async () => assert.equal(statusIn(await explain(orderId)), 'RESERVED'));
    const found = await hindered(
      orderId,
      'PARKED_EVENT',
      /^the Order service could not handle PaymentProcessed \(PAYMENTS \d+\) and has parked it .* later events? about the order must wait behind it$/,
    );
    assert.equal(statusIn(found), 'RESERVED');
    await assertSaid(
      orderId,
      /It waits for the Order service to hear that the money was taken, .* has parked it/,
    );
  });

  /** Into the history of the order's payment, as Payment's owner: the relay publishes whatever stands there. */
  async function plantUnreadable(orderId: string): Promise<void> {
    const client = new pg.Client({ connectionString: running.urls.databases.get('payment')?.migrationUrl });
    await client.connect();
    try {
      await client.query(
        `with appended as (
           insert into events (stream_id, version, event_id, type, partition, time, payload)
           values ($1, 99, $2, 'orderlog.payment.v1.PaymentProcessed', $3, now(), $4)
           returning position, stream_id, version)
         insert into outbox (id, stream_id, version) select * from appended`,
        [derivedId(`payment/${orderId}`), randomUUID(), partitionOf(orderId), Buffer.from([0xff, 0xff])],
      );
    } finally {
      await client.end();
    }
  }

  it('while a service that it needs is down', async () => {
    running.services.get('catalog')?.kill('SIGSTOP');
    const direct = orderOf({ sagaMode: SagaMode.SAGA_MODE_DIRECT });
    const directId = derivedId(`order/anonymous/${direct.requestId}`);
    try {
      const orderId = await place();
      const leaving = new AbortController();
      const asked = assert.rejects(
        orders.placeOrder(direct, { timeoutMs: ASKED_FOR_MS, signal: leaving.signal }),
        { code: 'CANCELLED' },
      );
      await until(async () => void (await explain(directId)));
      leaving.abort();
      await asked;
      const found = await hindered(
        orderId,
        'SERVICE_DOWN',
        /^the Catalog service does not answer \(no answer within 1 s\)$/,
      );
      assert.deepEqual([statusIn(found), found.waitingFor?.step], ['PENDING', 'reserve']);
      assert.match(found.ifNextStepFails, /^If the goods cannot be set aside, the order is rejected/);
      assert.match(found.notKnown.join(), /It is not known whether the goods were set aside/);
      assert.match(found.summary, /As far as the Order service knows, it waits for Catalog /);
      await hindered(directId, 'CALL', /^\d+ calls? to the Catalog service since .* without an answer/);
      running.services.get('catalog')?.kill('SIGCONT');
      assert.equal(statusIn(await settled(orderId)), 'COMPLETED');
    } finally {
      running.services.get('catalog')?.kill('SIGCONT');
    }
  });

  it('while an operator has to find out, and while the provider does not answer; and while it is cancelled', async () => {
    const unknown = await place({ paymentToken: 'tok_never' });
    // Payment says so before the order has heard of it.
    await until(async () => assert.equal(statusIn(await explain(unknown)), 'NEEDS_REVIEW'), 60_000);
    const review = await hindered(
      unknown,
      'REVIEW',
      /^the payment provider does not say whether it took the money/,
    );
    assert.equal(review.waitingFor?.deadline, undefined);
    await assertSaid(unknown, /It waits for an operator to find out .* No deadline cancels it any more/);

    await setProviderFault('down');
    try {
      const tried = await Promise.all(Array.from({ length: BREAKER_OPENS_AFTER / 3 }, () => place()));
      for (const orderId of tried) {
        await until(async () => {
          const { providerCall, payment } = await payments.getPayment({ orderId, withHistory: true });
          assert.ok(providerCall?.lastError || payment?.message);
        });
      }
      const orderId = await place();
      // Payment hears of the reservation from Catalog, and asks the provider, perhaps before the order has heard of it.
      await until(async () => assert.equal(statusIn(await explain(orderId)), 'RESERVED'));
      const waits = await hindered(
        orderId,
        'PROVIDER',
        /^the payment provider was asked .* without a definite answer \(.*breaker is open\); it is /,
      );
      assert.deepEqual([statusIn(waits), waits.waitingFor?.step], ['RESERVED', 'charge']);
      assert.ok(waits.waitingFor?.deadline);
      assert.match(waits.ifNextStepFails, /^If the payment is declined, the order is cancelled/);

      await orders.cancelOrder({ requestId: randomUUID(), orderId, message: 'too slow' });
      const cancelling = await hindered(orderId, 'PROVIDER', /breaker is open/);
      assert.deepEqual([statusIn(cancelling), cancelling.waitingFor?.step], ['CANCELLING', 'cancel']);
      assert.match(cancelling.summary, /It is being undone: the customer asked for it \(too slow\)\./);
      assert.deepEqual(cancelling.remaining, [
        'the order is cancelled, and no money is kept',
        'Catalog frees the goods again',
      ]);
    } finally {
      await setProviderFault('none');
    }
  });
});
