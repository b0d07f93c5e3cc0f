/** The live overview and the analytics, while orders flow. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ended, orderOf, placeUntilAccepted } from '../support/orders.ts';
import { system } from '../support/system.ts';
import { consoleBed } from './support/bed.ts';

describe('the live overview', function () {
  this.timeout(120_000);
  const bed = consoleBed(system);

  it('shows orders on their way through the saga, counts them, and lists what happened', async () => {
    const page = await bed.open('/');
    await page.locator('.badge', { hasText: /^Live$/ }).waitFor();
    // What comes before is neither counted nor shown.
    await page.locator('.badge', { hasText: 'is not followed' }).first().waitFor({ state: 'detached' });
    const node = page.locator('.saga-node.complete');
    const counted = async () => Number((await node.locator('.total').textContent())?.replaceAll(',', ''));
    await node.waitFor();
    const before = await counted();
    // On their way they are dots, each there for a second: too short to be looked for now and then.
    const dots = await page.evaluateHandle(`({
      first: new Promise((resolve) =>
        new MutationObserver(() => document.querySelector('.saga-dot') && resolve())
          .observe(document.body, { childList: true, subtree: true })),
    })`);
    const { orderId } = await placeUntilAccepted(bed.system.orders, orderOf());
    await ended(bed.system.orders, orderId);
    await dots.evaluate(({ first }) => first);
    await bed.system.until(async () => assert.ok((await counted()) > before));
    await page.locator(`a[href="#/orders/${orderId}"]`).first().click();
    await page.getByRole('heading', { name: `Order ${orderId.slice(0, 8)}` }).waitFor();
  });

  it('tells which parts are ready, and how far the read model is behind', async () => {
    const page = await bed.open('/');
    for (const part of ['order', 'catalog', 'payment', 'elasticsearch', 'projector']) {
      const row = page.getByRole('region', { name: 'Parts' }).locator('li', { hasText: part });
      await row.getByText('Ready', { exact: true }).waitFor();
    }
    await page
      .locator('.tile', { hasText: 'Read model lag' })
      .locator('.hint', { hasText: /p50.*p99/ })
      .waitFor();
  });

  it('says that it is not connected, and connects again', async () => {
    const page = await bed.open('/catalog', { expected: /503|ERR_FAILED/ });
    await page.route('**/v1/live', (route) => route.abort());
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.getByText('Not connected').waitFor();
    await page.unroute('**/v1/live');
    await page.locator('.badge', { hasText: /^Live$/ }).waitFor();
  });
});

describe('the analytics page', function () {
  this.timeout(120_000);
  const bed = consoleBed(system);

  it('shows what was sold, and how far orders came', async () => {
    const { orderId } = await placeUntilAccepted(bed.system.orders, orderOf());
    await ended(bed.system.orders, orderId);
    const page = await bed.open('/analytics');
    await page.getByRole('region', { name: 'Revenue by item' }).getByText('Coffee beans, 1 kg').waitFor();
    await page.getByRole('region', { name: 'Funnel' }).getByText('Completed').waitFor();
    await page.getByRole('region', { name: 'Time in each step' }).getByText('charge').waitFor();
    await page.locator('.plot canvas').waitFor();
    await page.getByRole('button', { name: 'Today' }).click();
    await page
      .locator('.tile', { hasText: 'Revenue' })
      .first()
      .getByText(/€[1-9]/)
      .waitFor();
  });
});
