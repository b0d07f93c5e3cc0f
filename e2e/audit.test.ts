/** Plants one fault after the other in a system of its own: the audit finds each, and nothing else. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { audit } from '../cli/audit/engine.ts';
import { invariants } from '../cli/audit/invariants/index.ts';
import { journal } from '../cli/audit/invariants/journal.ts';
import { openJournal } from '../cli/audit/journal.ts';
import type { LedgerEntry } from '../cli/audit/judgements/ledger.ts';
import { euro, historyFor } from '../cli/audit/stories.testing.ts';
import { testFolder } from '../cli/servers/testing.ts';
import { derivedId } from '../platform/ids.ts';
import { pause } from '../platform/wait.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { type Audited, auditAtRest, kindsOf, runCli, startAudited, type Victims } from './support/audited.ts';
import { plantsFor } from './support/auditPlants.ts';
import { ended, orderOf, placeUntilAccepted, untilAccepted } from './support/orders.ts';
import { duplicateMessage, plantEvents, plantLedger, plantSql, strayMessage } from './support/plants.ts';

describe('an audit', function () {
  this.timeout(300_000);
  let bed: Audited;
  let victims: Victims;

  before(async () => {
    bed = await startAudited();
  });
  after(async () => {
    await bed?.stop();
  });

  const place = async (fields: Parameters<typeof orderOf>[0] = {}) =>
    (await ended(bed.orders, (await placeUntilAccepted(bed.orders, orderOf(fields))).orderId)).orderId;
  /** An order that ended meanwhile refuses; both are fine. */
  const cancel = (orderId: string) => {
    const request = { requestId: randomUUID(), orderId, message: 'changed my mind' };
    return untilAccepted(() => bed.orders.cancelOrder(request)).catch((error: { code?: string }) =>
      assert.equal(error.code, 'FAILED_PRECONDITION'),
    );
  };
  const assertClean = async () => {
    const { violations } = await auditAtRest(bed.sources, { quietWithinMs: 60_000 });
    assert.deepEqual(violations, []);
  };

  /** Until nothing but the provider's answer is under way. */
  const untilNoted = async (orderId: string) => {
    const untilMs = performance.now() + 60_000;
    for (;;) {
      const { violations, notes } = await auditAtRest(bed.sources);
      const isOpen = notes.some(({ subject }) => subject === `order ${orderId}`);
      if (isOpen && violations.length === 0) return;
      assert.ok(performance.now() < untilMs, `order ${orderId} does not come to wait`);
    }
  };

  it('finds nothing in a system at work, nor once it is at rest', async () => {
    const sku = `T-${randomUUID()}`;
    const item = { sku, name: 'A test item', unitPrice: euro(1_000n), initialOnHand: 1_000n };
    await bed.catalog.putItem({ ...item, requestId: randomUUID() });
    const placeOne = async (n: number) => {
      const quantity = n % 7 === 6 ? 5_000 : 1;
      const paymentToken = ['tok_ok', 'tok_ok', 'tok_declined', 'tok_slow', 'tok_flaky'][n % 5] ?? '';
      const request = orderOf({ lines: [{ sku, quantity }], paymentToken });
      const { orderId } = await placeUntilAccepted(bed.orders, request);
      if (n % 6 === 5) await cancel(orderId);
      return ended(bed.orders, orderId);
    };
    let looks = 0;
    let isLooking = true;
    let isPlacing = true;
    const placeAll = async () => {
      const placing = [];
      for (let n = 0; isLooking && (n < 150 || looks < 2); n++) {
        placing.push(placeOne(n));
        await sleep(40);
      }
      await Promise.all(placing);
    };
    const placed = placeAll().finally(() => {
      isPlacing = false;
    });
    try {
      for (; isPlacing; looks++) {
        const { violations } = await audit(bed.sources, { invariants, isAtRest: false });
        assert.deepEqual(violations, []);
      }
    } finally {
      isLooking = false;
    }
    await placed;

    const tooMuch = { lines: [{ sku, quantity: 5_000 }] };
    const [completed, rejected, refunded] = [await place(), await place(tooMuch), await place()];
    victims = { completed, rejected, refunded, open: '', sku };
    await cancel(victims.refunded);
    await bed.catalog.adjustStock({ requestId: randomUUID(), sku, delta: 5n, reason: 'counted' });
    await assertClean();
  });

  it('finds wrong stock of an item while it is sold', async () => {
    const { sku } = victims;
    const shift = (by: number) =>
      plantSql(bed, 'catalog', `update items set on_hand = on_hand + ${by} where sku = '${sku}'`);
    await shift(1);
    const selling = new AbortController();
    const sellAll = async () => {
      const sales: Promise<string>[] = [];
      for (; !selling.signal.aborted; await pause(40, selling.signal)) {
        sales.push(place({ lines: [{ sku, quantity: 1 }] }));
      }
      await Promise.all(sales);
    };
    const sold = sellAll();
    const { violations } = await audit(bed.sources, { invariants, isAtRest: false }).finally(async () => {
      selling.abort();
      await sold;
      await shift(-1);
    });
    assert.deepEqual(
      violations.map(({ subject, message }) => `${subject}: ${message}`),
      [`item ${sku}: its stock is not what its events come to`],
    );
    await assertClean();
  });

  describe('of what the services themselves were made to do', () => {
    const anHourAgo = () => new Date(Date.now() - 3_600_000);
    const hero = () => ({
      orderId: randomUUID(),
      // Nobody obeys what it does not ask for, and what is called for by rpc is of another mode.
      mode: SagaMode.SAGA_MODE_ORCHESTRATION,
      startedAt: anHourAgo(),
    });
    const call = (orderId: string) => ({ requestId: randomUUID(), customerId: 'ada', orderId });
    const goods = { lines: [{ sku: 'SKU-COFFEE', quantity: 2 }], expectedTotal: undefined };
    const reserve = (orderId: string) =>
      bed.catalog.reserveItems({ ...call(orderId), ...goods, deadline: undefined });
    const money = { paymentToken: 'tok_ok', amount: euro(3_780n), deadline: undefined };
    const charge = (orderId: string) => bed.payment.charge({ ...call(orderId), ...money });
    const undo = async (orderId: string) => {
      await bed.catalog.releaseReservation(call(orderId));
      await bed.payment.cancelPayment(call(orderId));
    };
    const assertFinds = async (...finds: readonly string[]) => {
      const { violations } = await auditAtRest(bed.sources, { quietWithinMs: 60_000 });
      assert.deepEqual(kindsOf(violations), finds);
    };

    it('finds goods held and money taken for an order that does not exist', async () => {
      const { orderId } = hero();
      await reserve(orderId);
      await charge(orderId);
      await assertFinds(
        'owners: goods are held for it, and there is no such order',
        'owners: there is a payment for it, and there is no such order',
      );
      await undo(orderId);
    });

    it('finds a cancelled order that keeps money and holds goods', async () => {
      const one = hero();
      await plantEvents(bed, historyFor(one, 'OrderCreated', 'OrderCancelled'));
      await reserve(one.orderId);
      await charge(one.orderId);
      await assertFinds(
        'no sale: it ended without a sale, and its captured payment was not given back',
        'no sale: it ended without a sale, and its reservation is reserved',
      );
      await undo(one.orderId);
    });

    it('finds a completed order without money and goods', async () => {
      const one = hero();
      await plantEvents(
        bed,
        historyFor(one, 'OrderCreated', 'OrderItemsReserved', 'OrderPaid', 'OrderCompleted'),
      );
      await assertFinds(
        'sale: it completed with 0 captured payments',
        'sale: it completed, and its reservation is none instead of confirmed',
      );
      await reserve(one.orderId);
      await bed.catalog.confirmReservation(call(one.orderId));
      await charge(one.orderId);
    });

    it('finds an order past its deadline that has not ended', async () => {
      const { order, ...rest } = historyFor(hero(), 'OrderCreated', 'OrderCancelled');
      await plantEvents(bed, { ...rest, order: order.slice(0, 1) });
      await assertFinds(
        'deadline: it is past its deadline and has not ended',
        'progress: it is pending, and no news is on its way to it',
      );
      await plantEvents(bed, { ...rest, order: order.slice(1) });
    });

    after(() => assertClean());
  });

  describe('of what was done behind the back of the services', () => {
    before(async () => {
      // The provider charges, and never answers.
      const { ok } = await fetch(`http://${bed.system.sandboxAddress}/v1/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode: 'drop' }),
      });
      assert.ok(ok);
      const { orderId: open } = await bed.orders.placeOrder(orderOf());
      victims = { ...victims, open };
      await untilNoted(open);
      for (const service of bed.system.services.values()) {
        if (service.name !== 'sandbox') await service.stop(10_000);
      }
      // Nobody is there to make the call when it is due.
      await plantSql(bed, 'payment', `update tasks set due_at = now() + interval '1 day'`);
    });

    for (const [name, { plant, finds }] of Object.entries(plantsFor(() => victims))) {
      it(`finds ${name}`, async () => {
        const undo = await plant(bed);
        const { violations } = await auditAtRest(bed.sources).finally(undo);
        assert.deepEqual(kindsOf(violations), finds.toSorted());
      });
    }

    const paymentOf = (orderId: string) => derivedId(`payment/${orderId}`);
    const ofCompleted = (entry: LedgerEntry) => entry.key === paymentOf(victims.completed);
    const ledgers: Record<string, [(entries: readonly LedgerEntry[]) => readonly LedgerEntry[], string]> = {
      'a charge that Payment does not know': [
        (all) =>
          all.flatMap((entry) =>
            ofCompleted(entry) ? [entry, { ...entry, key: 'other', id: 'ch_2' }] : entry,
          ),
        'ledger: the provider took money, and Payment does not know',
      ],
      'a charge that the provider does not know': [
        (all) => all.filter((entry) => !ofCompleted(entry)),
        "ledger: the provider's ledger does not have what is recorded",
      ],
      'a charge of another amount': [
        (all) => all.map((entry) => (ofCompleted(entry) ? { ...entry, amountMinor: '1' } : entry)),
        "ledger: a payment's amount is not that of the provider's ledger",
      ],
      'a charge that the provider declined': [
        (all) => all.map((entry) => (ofCompleted(entry) ? { ...entry, status: 'declined' as const } : entry)),
        'ledger: the provider declined what is recorded as captured',
      ],
      'declines that the provider does not know': [
        (all) => {
          const isDecline = (entry: LedgerEntry) => entry.kind === 'charge' && entry.status === 'declined';
          const first = all.find(isDecline);
          assert.ok(first);
          return all.filter((entry) => entry === first || !isDecline(entry));
        },
        "ledger: the provider's ledger does not have the decline that is recorded",
      ],
      'a refund that Payment does not know': [
        (all) => {
          const charge = all.find(ofCompleted);
          const refund = all.find(({ kind }) => kind === 'refund');
          assert.ok(charge && refund?.kind === 'refund');
          return [...all, { ...refund, key: 'other', id: 're_2', chargeId: charge.id }];
        },
        'ledger: the provider gave money back, and Payment does not know',
      ],
    };
    for (const [name, [edit, finds]] of Object.entries(ledgers)) {
      it(`finds ${name}`, async () => {
        const other = await plantLedger(bed, edit);
        const { violations } = await auditAtRest(other.sources).finally(other.stop);
        assert.deepEqual(kindsOf(violations), [finds]);
      });
    }

    it('finds what a client was told and the system does not have', async () => {
      const path = `${testFolder()}/${randomUUID()}.jsonl`;
      const write = await openJournal(path);
      const requestId = randomUUID();
      await write.write({ requestId, orderId: derivedId(`order/anonymous/${requestId}`) });
      await write.write({ requestId: randomUUID(), orderId: victims.completed });
      await write.close();
      const { violations } = await auditAtRest(bed.sources, { invariants: [journal(path)] });
      assert.deepEqual(kindsOf(violations), [
        'journal: it was acknowledged to a client, and is not there',
        'journal: its request is of another order',
      ]);
    });

    it('is clean again once all is undone', async () => {
      const { violations, notes } = await auditAtRest(bed.sources);
      assert.deepEqual(violations, []);
      assert.deepEqual(kindsOf(notes), ['progress: it is reserved, and waits for the provider']);
    });

    it('tells by its exit code whether it is clean, and whether it could look', async () => {
      const clean = await runCli(bed, 'audit');
      assert.match(clean.out, /reserved, and waits for the provider\n.*\nclean, 1 note, in .*stream, outbox/);
      assert.deepEqual([clean.code, clean.err], [0, '']);

      const path = `${testFolder()}/${randomUUID()}.jsonl`;
      const orderId = randomUUID();
      const write = await openJournal(path);
      await write.write({ requestId: randomUUID(), orderId });
      await write.close();
      const broken = await runCli(bed, 'audit', '--json', '--journal', path);
      const { violations } = JSON.parse(broken.out) as { violations: { subject: string }[] };
      assert.deepEqual([broken.code, violations[0]?.subject], [1, `order ${orderId}`]);

      for (const flags of [
        ['--no-such-flag'],
        ['--order-db', 'mysql://x'],
        ['--nats', 'nats://x', '--watch', '0'],
      ]) {
        assert.equal((await runCli(bed, 'audit', ...flags)).code, 2, flags.join(' '));
      }
      const elsewhere = await runCli({ ...bed, dataDir: `${testFolder()}/no-system` }, 'audit');
      assert.match(elsewhere.err, /^orderlog: could not look: no system was started in /);
      assert.equal(elsewhere.code, 3);
    });

    it('finds messages that are no events, and events that are in the log twice', async () => {
      await strayMessage(bed);
      await duplicateMessage(bed, victims.completed);
      const { violations } = await auditAtRest(bed.sources);
      assert.deepEqual(kindsOf(violations), [
        'checkpoints: it has not read to the end',
        'log: a message does not follow its predecessor in its partition',
        'log: a message is no event',
        'log: an event is in the log twice',
      ]);
    });
  });
});
