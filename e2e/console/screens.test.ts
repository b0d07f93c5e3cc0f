/** Every page in light and dark, wide and narrow: accessible, within the screen, and pictured for a person to look at. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { ended, orderOf, placeUntilAccepted } from '../support/orders.ts';
import { system } from '../support/system.ts';
import { assertAccessible, assertFits } from './support/axe.ts';
import { consoleBed, NARROW } from './support/bed.ts';
import { shot } from './support/shot.ts';

const CUSTOMERS = ['ada', 'grace', 'edsger', 'barbara'];
const WISHES = [
  { paymentToken: 'tok_ok', lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] },
  {
    paymentToken: 'tok_ok',
    lines: [
      { sku: 'SKU-TEA', quantity: 3 },
      { sku: 'SKU-MUG', quantity: 1 },
    ],
  },
  { paymentToken: 'tok_declined', lines: [{ sku: 'SKU-GRINDER', quantity: 1 }] },
  { paymentToken: 'tok_ok', lines: [{ sku: 'SKU-SOLD-OUT', quantity: 1 }] },
  { paymentToken: 'tok_flaky', lines: [{ sku: 'SKU-ESPRESSO', quantity: 1 }] },
];

describe('the pages of the console', function () {
  this.timeout(120_000);
  const bed = consoleBed(system);
  let orderId: string;
  before(async () => {
    const wishes = CUSTOMERS.flatMap((customerId) => WISHES.map((wish) => ({ ...wish, customerId })));
    const placed = await Promise.all(
      wishes.map((wish) => placeUntilAccepted(bed.system.orders, orderOf(wish))),
    );
    await Promise.all(placed.map((each) => ended(bed.system.orders, each.orderId)));
    orderId = placed[0]?.orderId ?? '';
  });

  /** By their names: where each is, and what is there once it has its answers. */
  const pages = (): Record<string, { path: string; shown: (page: Page) => Promise<unknown> }> => ({
    live: {
      path: '/',
      shown: async (page) => {
        await page.getByText('confirm', { exact: true }).waitFor();
        await page.getByText('projector', { exact: true }).waitFor();
      },
    },
    orders: { path: '/orders', shown: (page) => page.locator('tbody tr').first().waitFor() },
    order: {
      path: `/orders/${orderId}`,
      shown: (page) => page.getByText('ReservationConfirmed').first().waitFor(),
    },
    'order-past': {
      path: `/orders/${orderId}?version=1`,
      shown: (page) => page.getByText('As it was at version 1').waitFor(),
    },
    catalog: { path: '/catalog', shown: (page) => page.locator('tr[data-sku="SKU-COFFEE"]').waitFor() },
    parked: { path: '/parked', shown: (page) => page.getByText('Nothing is parked').waitFor() },
    analytics: { path: '/analytics', shown: (page) => page.getByText('Revenue by item').waitFor() },
    'try-it': {
      path: '/try',
      shown: (page) => page.locator('option[value="SKU-MUG"]').waitFor({ state: 'attached' }),
    },
    'not-found': { path: `/nowhere`, shown: (page) => page.getByText('There is no such page').waitFor() },
  });

  /** In one set of colours: what becomes visible on a narrow screen has the same. */
  async function assertNarrow(page: Page, name: string): Promise<void> {
    await page.setViewportSize(NARROW);
    await pages()[name]?.shown(page);
    await assertFits(page);
    await assertAccessible(page);
    await shot(page, `${name}-narrow`);
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`are accessible in ${colorScheme}, and fit a screen of any width`, async () => {
      for (const [name, { path, shown }] of Object.entries(pages())) {
        const page = await bed.open(path, { colorScheme, reducedMotion: 'reduce' });
        await shown(page);
        await assertAccessible(page);
        await shot(page, `${name}-${colorScheme}`);
        if (colorScheme === 'light') await assertNarrow(page, name);
        await page.close();
      }
    });
  }

  it('say that an order is not there, and that the gateway cannot answer, and try again', async () => {
    const missing = await bed.open(`/orders/${randomUUID()}`, { expected: /404/ });
    await missing.getByText('There is no such order').waitFor();
    await assertAccessible(missing);

    const page = await bed.open('/catalog', { expected: /503/ });
    const problem = {
      title: 'Not available now',
      detail: 'Elasticsearch cannot be reached',
      reason: 'READ_MODEL_UNAVAILABLE',
    };
    await page.route('**/v1/orders?*', (route) => route.fulfill({ status: 503, json: problem }));
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByRole('alert').getByText('Not available now').waitFor();
    await assertAccessible(page);
    await shot(page, 'orders-unavailable');
    await page.unroute('**/v1/orders?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('tbody tr').first().waitFor();
  });

  it('say that they do not know, where they could not ask', async () => {
    const page = await bed.open('/catalog', { expected: /429|503/ });
    await page.route('**/readyz', (route) => route.fulfill({ status: 429, json: { title: 'Too much' } }));
    await page.route(/v1.parked.service=payment/, (route) => route.fulfill({ status: 503, json: {} }));
    await page.getByText('Gateway not reachable').waitFor();
    await page.getByRole('link', { name: 'Parked events', exact: true }).click();
    await page.getByText('payment cannot be asked').waitFor();
    await page.getByText('Not all could be asked').waitFor();
    assert.equal(await page.getByText('Nothing is parked', { exact: true }).count(), 0);
  });

  it('lead to the reference of the interface, which asks nobody else either', async () => {
    const page = await bed.open('/');
    await page.getByRole('link', { name: 'API', exact: true }).click();
    await page.getByText('/v1/orders/{id}/cancel').first().waitFor();
    await shot(page, 'reference');
  });

  it('can be gone through by the keyboard alone, on a narrow screen too', async () => {
    const page = await bed.open('/');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the page');
    for (const [key, title] of [
      ['o', 'Orders'],
      ['c', 'Catalog'],
      ['a', 'Analytics'],
      ['t', 'Try it'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.setViewportSize(NARROW);
    await page.getByRole('button', { name: 'Menu', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Orders', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();
    // The menu closes once the page has changed.
    await page.locator('.side.open').waitFor({ state: 'detached' });
    assert.equal(await page.locator('.side.open').count(), 0);
  });

  it('keep the colours that one chose', async () => {
    const page = await bed.open('/catalog', { colorScheme: 'light' });
    await page.getByRole('button', { name: 'Colours: as the system' }).click();
    await page.getByRole('button', { name: 'Colours: light' }).click();
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(await paper(), 'rgb(13, 16, 22)');
    await page.reload();
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
    assert.equal(await paper(), 'rgb(13, 16, 22)');
  });
});
