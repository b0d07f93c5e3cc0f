/** Finding orders, trying them out, and one order with its past. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { ended, orderOf, placeUntilAccepted } from '../support/orders.ts';
import { system } from '../support/system.ts';
import { consoleBed } from './support/bed.ts';

/** More than a page, and so many of them declined. */
const [ORDERS, DECLINED] = [23, 3];

describe('orders in the console', function () {
  this.timeout(120_000);
  const bed = consoleBed(system);
  const customerId = `c-${randomUUID()}`;
  before(async () => {
    const { orders } = bed.system;
    const placed = await Promise.all(
      Array.from({ length: ORDERS }, (_, n) =>
        placeUntilAccepted(
          orders,
          orderOf({
            customerId,
            paymentToken: n < DECLINED ? 'tok_declined' : 'tok_ok',
            lines: [{ sku: n === 0 ? 'SKU-KETTLE' : 'SKU-TEA', quantity: 1 }],
          }),
        ),
      ),
    );
    await Promise.all(placed.map(({ orderId }) => ended(orders, orderId)));
  });

  it('are found as one types, by facet, and page by page', async () => {
    const page = await bed.open('/orders');
    await page.keyboard.press('/');
    await page.keyboard.type(customerId);
    // The beginning of the name finds as many: a page further back is asked for once all of it has been.
    await page.waitForURL(`**query=${customerId}`);
    const rows = page.locator('tbody tr');
    await page.getByText(`${ORDERS} orders`).waitFor();
    assert.equal(await rows.count(), 20);
    const newest = await rows.first().getByRole('link').textContent();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2').waitFor();
    await rows.nth(3).waitFor({ state: 'detached' });
    assert.equal(await rows.count(), ORDERS - 20);
    await page.getByRole('button', { name: 'Newer' }).click();
    await page.getByText(newest ?? '').waitFor();

    await page.getByRole('button', { name: `Cancelled ${DECLINED}` }).click();
    await rows.nth(DECLINED).waitFor({ state: 'detached' });
    assert.equal(await rows.getByText('Cancelled').count(), DECLINED);
    assert.ok(page.url().includes('statuses=ORDER_STATUS_CANCELLED'));
    await page.getByRole('searchbox').fill(`${customerId} kett`);
    await rows.nth(1).waitFor({ state: 'detached' });
    assert.match((await rows.first().textContent()) ?? '', /Gooseneck kettle/);
    await page.getByRole('searchbox').fill(`${customerId} nothing-like-it`);
    await page.getByText('No order matches').waitFor();
    await page.goBack();
  });

  it('begin at the first page of what the address asks for, wherever one was before', async () => {
    const page = await bed.open(`/orders?query=${customerId}`);
    await page.getByText(`${ORDERS} orders`).waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2').waitFor();
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByText('Page 1').waitFor();
    await page.locator('tbody tr').nth(19).waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), '');
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  it('are searched by a key that is pressed before anything is drawn, and from any page', async () => {
    const script = `
      addEventListener('load', () => dispatchEvent(new KeyboardEvent('keydown', { key: '/' })));
      requestAnimationFrame = () => 0;`;
    const page = await bed.open('/orders', { script });
    await page.getByRole('searchbox').and(page.locator(':focus')).waitFor();
    const other = await bed.open('/analytics', { script });
    await other.getByRole('searchbox').and(other.locator(':focus')).waitFor();
  });

  it('are placed with each token of the sandbox, and watched until they end', async () => {
    const page = await bed.open('/try');
    await page.getByRole('button', { name: 'One with each token' }).click();
    for (const [token, status] of [
      ['tok_ok', 'COMPLETED'],
      ['tok_declined', 'CANCELLED'],
      ['tok_slow', 'COMPLETED'],
      ['tok_flaky', 'COMPLETED'],
      ['tok_timeout', 'COMPLETED'],
    ]) {
      const placed = page.locator(`li[data-token="${token}"][data-status="ORDER_STATUS_${status}"]`);
      await placed.waitFor({ timeout: 60_000 });
    }
  });

  it('are placed as the calls beside them say: the same key gives the same order', async () => {
    const page = await bed.open('/try');
    await page.getByLabel('Item').selectOption('SKU-MUG');
    await page.getByRole('spinbutton', { name: 'Pieces' }).fill('3');
    await page.getByRole('radio', { name: 'tok_declined' }).check();
    const curl = (await page.getByLabel('curl', { exact: true }).textContent()) ?? '';
    const [, key = ''] = /Idempotency-Key: ([\w-]+)/.exec(curl) ?? [];
    const [, body = ''] = /-d '(.*)'/.exec(curl) ?? [];
    const url = /http:\S+/.exec(curl)?.[0] ?? '';
    await page.getByRole('button', { name: 'Place the order' }).click();
    const link = page.getByRole('list', { name: 'Placed orders' }).getByRole('link');
    const href = (await link.getAttribute('href')) ?? '';
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await fetch(url, { method: 'POST', headers, body });
    assert.equal(answer.headers.get('location'), `/v1${href.slice(1)}`);
  });

  it('show what happened with cause and effect, the events themselves, and any moment of the past', async () => {
    const { orderId } = await placeUntilAccepted(bed.system.orders, orderOf({ customerId }));
    await ended(bed.system.orders, orderId);
    const page = await bed.open(`/orders/${orderId}`);
    const row = (type: string) => page.locator('.happened', { hasText: type });
    await row('ReservationConfirmed').waitFor();
    const happened = await page.locator('.happened').count();
    // All but the first have a cause.
    assert.equal(await page.locator('.lanes .arrow').count(), happened - 1);
    await row('ItemsReserved').first().locator('summary').click();
    await page.getByLabel('Payload of catalog ItemsReserved').getByText('SKU-COFFEE').waitFor();
    assert.doesNotMatch((await page.locator('main').textContent()) ?? '', /sealed_?payment_?token/i);

    const slider = page.getByRole('slider');
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByText('As it was at version 1').waitFor();
    await page.locator('.facts').getByText('Pending').waitFor();
    assert.ok((await page.locator('.happened.ahead').count()) > 3);
    await page.keyboard.press('ArrowRight');
    await page.getByText('As it was at version 2').waitFor();
    await page.getByRole('button', { name: 'Now' }).click();
    await page.locator('.facts').getByText('Completed').waitFor();
    assert.equal(await page.locator('.happened.ahead').count(), 0);
  });

  it('say themselves of which moment they are, where another one cannot be had', async () => {
    const { orderId } = await placeUntilAccepted(bed.system.orders, orderOf({ customerId }));
    await ended(bed.system.orders, orderId);
    const page = await bed.open(`/orders/${orderId}?version=1`, { expected: /503/ });
    await page.getByText('As it was at version 1').waitFor();
    const problem = { title: 'Not available now', detail: 'it is down' };
    await page.route(/at_version=2/, (route) => route.fulfill({ status: 503, json: problem }));
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('alert').getByText('Not available now').waitFor();
    assert.equal(await page.getByText('As it was at version 2').count(), 0);
    await page.getByText('As it was at version 1').waitFor();
  });

  it('are cancelled before their payment, and refunded after it', async () => {
    const wishes = [
      // On a busy machine the slow payment may still be the quicker one.
      { end: /Cancelled|Refunded/, wish: { customerId, paymentToken: 'tok_slow' }, isPaid: false },
      { end: /Refunded/, wish: { customerId }, isPaid: true },
    ];
    for (const { end, wish, isPaid } of wishes) {
      const { orderId } = await placeUntilAccepted(bed.system.orders, orderOf(wish));
      if (isPaid) await ended(bed.system.orders, orderId);
      const page = await bed.open(`/orders/${orderId}`);
      await page.getByRole('button', { name: /^Cancel/ }).click();
      await page.getByRole('dialog').getByLabel(/^Why/).fill('changed my mind');
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Cancel/ })
        .click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('.facts').getByText(end).waitFor();
      assert.ok(await page.getByRole('button', { name: /^Cancel/ }).isDisabled());
    }
  });
});
