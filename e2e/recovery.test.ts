/** A backup that is restored, and streams that are deleted, under a whole system at work. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { OrderlogError } from '../platform/errors.ts';
import { createClient, type GrpcClient } from '../platform/grpc/client.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import {
  OrderServiceService,
  type PlaceOrderRequest,
  type PlaceOrderResponse,
} from '../proto/gen/orderlog/order/v1/order_service.ts';
import { PaymentServiceService } from '../proto/gen/orderlog/payment/v1/payment_service.ts';
import { type LossySystem, type Service, startLossySystem } from './support/lostData.ts';
import {
  ended,
  eventsOf,
  type Orders,
  orderOf,
  placeUntilAccepted,
  tally,
  untilAccepted,
} from './support/orders.ts';

const STOCK = 1_000n;
const TOKENS = ['tok_ok', 'tok_ok', 'tok_slow', 'tok_declined', 'tok_ok', 'tok_flaky'];

interface Placed {
  readonly request: PlaceOrderRequest;
  readonly answer: PlaceOrderResponse;
}

describe('data that was lost', function () {
  this.timeout(300_000);
  let bed: LossySystem;
  let orders: Orders;
  let catalog: GrpcClient<typeof CatalogServiceService>;
  let payment: GrpcClient<typeof PaymentServiceService>;

  before(async () => {
    bed = await startLossySystem();
    const { addresses } = bed.system;
    orders = createClient(OrderServiceService, addresses.order);
    catalog = createClient(CatalogServiceService, addresses.catalog);
    payment = createClient(PaymentServiceService, addresses.payment);
  });
  after(async () => {
    for (const client of [orders, catalog, payment]) client?.close();
    await bed?.stop();
  });

  const newItem = async () => {
    const sku = `T-${randomUUID()}`;
    const unitPrice = { currencyCode: 'EUR', units: 10n, nanos: 0 };
    await catalog.putItem({ requestId: randomUUID(), sku, name: 'Test', unitPrice, initialOnHand: STOCK });
    return sku;
  };
  const place = (sku: string, count: number): Promise<Placed[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const paymentToken = TOKENS[n % TOKENS.length] ?? '';
        const request = orderOf({ lines: [{ sku, quantity: 1 }], paymentToken });
        await sleep(n * 10);
        return { request, answer: await placeUntilAccepted(orders, request) };
      }),
    );
  /** Until calls to the service are refused for this reason, with what to do. */
  const refusedFor = async (service: Service, reason: string) => {
    const ask = {
      order: () => orders.getOrder({ orderId: randomUUID() }),
      catalog: () => catalog.getItem({ sku: 'T-1' }),
      payment: () => payment.getPayment({ orderId: randomUUID() }),
    }[service];
    for (const endMs = performance.now() + 60_000; ; await sleep(50)) {
      const error = await ask().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error instanceof OrderlogError && error.reason === reason)
        return assert.match(error.message, /orderlog recover/);
      if (performance.now() > endMs) assert.fail(`${service} is not refused for ${reason}, but: ${error}`);
    }
  };
  const recover = async (...args: readonly string[]) => {
    const { code, out, err } = await bed.orderlog('recover', ...args);
    assert.equal(code, 0, err + out);
    return out;
  };
  /** Every order ends, its goods and its money are accounted for, and the audit finds nothing anywhere. */
  const allIsWell = async (sku: string, placed: readonly Placed[], adjusted: bigint) => {
    const all = await Promise.all(placed.map(({ answer }) => ended(orders, answer.orderId, 120_000)));
    const { COMPLETED = 0, CANCELLED = 0 } = tally(all);
    assert.deepEqual([COMPLETED + CANCELLED, CANCELLED], [placed.length, declined(placed)]);
    for (const { answer } of placed) {
      const types = await eventsOf(orders, answer.orderId);
      assert.equal(new Set(types).size, types.length, `something happened twice: ${types.join(', ')}`);
    }
    const { code, out, err } = await bed.orderlog('audit', '--at-rest');
    assert.equal(code, 0, err + out);
    const { item } = await untilAccepted(() => catalog.getItem({ sku }));
    assert.deepEqual([item?.onHand, item?.reserved], [STOCK + adjusted - BigInt(COMPLETED), 0n]);
    const repeats = await Promise.all(placed.map(({ request }) => placeUntilAccepted(orders, request)));
    assert.deepEqual(
      repeats,
      placed.map(({ answer }) => answer),
      'a repeat gets the first answer',
    );
  };
  const declined = (placed: readonly Placed[]) =>
    placed.filter(({ request }) => request.paymentToken === 'tok_declined').length;

  for (const service of ['order', 'catalog', 'payment'] as const) {
    it(`${service}: an old backup is restored, refused, and brought up to the log`, async () => {
      const sku = await newItem();
      const before = await place(sku, 12);
      const adjust = (requestId: string) =>
        untilAccepted(() => catalog.adjustStock({ requestId, sku, delta: 7n, reason: 'counted' }));
      await adjust(randomUUID());
      await bed.backUp(service);

      const lost = await place(sku, 40);
      const adjustment = randomUUID();
      await adjust(adjustment);
      await bed.published(service);
      await bed.restore(service);
      await refusedFor(service, 'LOG_AHEAD');

      const preview = await recover(service);
      assert.match(preview, /\d+ events are not in the database[\s\S]*add --yes/);
      await refusedFor(service, 'LOG_AHEAD');
      assert.match(await recover(service, '--yes'), /\d+ events were brought into the database/);
      const later = await place(sku, 6);
      await adjust(adjustment);
      await allIsWell(sku, [...before, ...lost, ...later], 14n);
    });
  }

  for (const [streams, args] of [
    [['ORDERS'], ['order']],
    [['ORDERS', 'CATALOG', 'PAYMENTS'], ['--all']],
  ] as const) {
    it(`${streams.join(', ')} deleted at work: noticed, republished, and everybody finds his place`, async () => {
      const sku = await newItem();
      const before = await place(sku, 24);
      for (const stream of streams) await bed.deleteStream(stream);
      await refusedFor('order', 'LOG_MISSING');
      assert.match(
        await recover(...args, '--republish'),
        /events are published again, as epoch \d[\s\S]*add --yes/,
      );
      await refusedFor('order', 'LOG_MISSING');
      assert.match(await recover(...args, '--republish', '--yes'), /made again as epoch \d/);
      const later = await place(sku, 6);
      await allIsWell(sku, [...before, ...later], 0n);
    });
  }

  it('all stores are lost at once: databases from one backup at work, the log and the read models from them', async () => {
    const sku = await newItem();
    const placed = await place(sku, 24);
    // Their sagas are on their way, and go on: what the provider did after it, the backup does not know.
    await bed.backUpAll();
    await Promise.all(placed.map(({ answer }) => ended(orders, answer.orderId, 120_000)));
    const { up } = await bed.loseAllStores();
    assert.match(await recover('--all', '--republish', '--yes'), /made again as epoch \d/);
    await up;
    for (const projection of ['orders', 'analytics']) {
      const { code, out, err } = await bed.orderlog('rebuild', projection);
      assert.equal(code, 0, err + out);
    }
    const later = await place(sku, 6);
    await allIsWell(sku, [...placed, ...later], 0n);
  });

  it('changes nothing when everything that was ever read is read again', async () => {
    const eventsBefore = await bed.countEvents();
    assert.ok(eventsBefore.order > 300, `${eventsBefore.order} events of orders`);
    await bed.readAllAgain();
    assert.deepEqual(await bed.countEvents(), eventsBefore);
    assert.equal((await bed.orderlog('audit', '--at-rest')).code, 0);
  });
});
