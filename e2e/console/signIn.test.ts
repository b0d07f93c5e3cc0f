/** The console of a gateway that asks for tokens: signing in and out, and what a token is not good for. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { type Authenticated, startAuthenticated } from '../support/authenticated.ts';
import { system } from '../support/system.ts';
import { assertAccessible, assertFits } from './support/axe.ts';
import { consoleBed, NARROW } from './support/bed.ts';
import { shot } from './support/shot.ts';

describe('signing in to the console', function () {
  this.timeout(120_000);
  let served: Authenticated;
  const bed = consoleBed(async () => {
    const shared = await system();
    served = await startAuthenticated(shared, ['gateway']);
    return { ...shared, addresses: served.addresses };
  });
  after(() => served?.stop());

  const signIn = async (page: Page, token: string) => {
    await page.getByLabel(/^Token/).fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const pageOf = (page: Page, name: string) => page.getByRole('link', { name }).click();
  const account = (page: Page, subject: string) =>
    page.getByRole('button', { name: `Signed in as ${subject}` });

  it('comes before anything is shown or asked, and says why a token is not taken', async () => {
    const page = await bed.open('/orders', { expected: /401/ });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await assertAccessible(page);
    await shot(page, 'sign-in');
    await signIn(page, 'not a token');
    await page.getByRole('alert').getByText('That is no token').waitFor();
    assert.deepEqual(
      asked.filter((path) => !path.startsWith('/console/')),
      [],
    );

    await signIn(page, (await served.issuer.wrongTokens({ scope: 'orders:read' })).expired ?? '');
    await page.getByRole('alert').getByText('has expired').waitFor();
    await page.setViewportSize(NARROW);
    await assertFits(page);
  });

  it('lets an operator see what flows, says what he may not do, and signs him out', async () => {
    const token = await served.tokenFor('operator', 'olga');
    const page = await bed.open('/');
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url()));
    await signIn(page, `Bearer ${token}`);
    await page.locator('.badge', { hasText: /^Live$/ }).waitFor();
    await page.reload();
    await page.locator('.badge', { hasText: /^Live$/ }).waitFor();

    await pageOf(page, 'Catalog');
    const adjust = page.getByRole('button', { name: /^Adjust / }).first();
    await adjust.waitFor();
    assert.ok(await adjust.isDisabled());
    assert.equal(await adjust.getAttribute('title'), 'Your token lacks the scope items:write.');
    await pageOf(page, 'Try it');
    await page.getByText('Your token lacks the scope orders:write or orders:own.').waitFor();
    await assertAccessible(page);

    await account(page, 'olga').click();
    const dialog = page.getByRole('dialog', { name: 'olga' });
    await dialog.getByRole('region', { name: 'Not with this token' }).getByText('Place an order').waitFor();
    await assertAccessible(page);
    await shot(page, 'signed-in');
    await dialog.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    assert.doesNotMatch(await page.content(), new RegExp(token));
    assert.ok(urls.some((url) => url.endsWith('/v1/live')));
    assert.deepEqual(
      [...urls, served.logged()].filter((text) => text.includes(token)),
      [],
    );
  });

  it('has an operator decide in his own name', async () => {
    const parked = {
      parkedId: randomUUID(),
      consumer: 'order.catalog',
      stream: 'CATALOG',
      aggregateId: randomUUID(),
      sequence: '7',
      eventId: randomUUID(),
      type: 'orderlog.catalog.v1.ItemsReserved',
      error: 'it cannot be handled',
      parkTime: new Date().toISOString(),
    };
    const page = await bed.open('/parked');
    await page.route('**/v1/parked?service=order', (route) => route.fulfill({ json: { events: [parked] } }));
    await page.route('**/v1/parked/discard?*', (route) => route.fulfill({ json: {} }));
    await signIn(page, await served.tokenFor('operator', 'olga'));
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    const dialog = page.getByRole('dialog');
    const who = dialog.getByLabel('Who decides');
    await who.waitFor();
    assert.equal(await who.inputValue(), 'olga');
    assert.equal(await who.isEditable(), false);
    await assertAccessible(page);

    const reason = 'its bytes are spoilt';
    await dialog.getByLabel(/^Why/).fill(reason);
    const asked = page.waitForRequest('**/v1/parked/discard?*');
    await dialog.getByRole('button', { name: 'Discard it' }).click();
    const { parkedId } = parked;
    assert.deepEqual((await asked).postDataJSON(), { parkedId, reason, operatorId: 'olga' });
  });

  it('is possible on the page of the reference, too', async () => {
    const page = await bed.open('/');
    await page.goto(`http://${served.addresses.http}/docs`);
    await page.locator('.scheme-container .authorize').click();
    const dialog = page.locator('.modal-ux');
    await dialog.locator('input').fill(await served.tokenFor('support', 'sam'));
    await dialog.locator('button[type="submit"]').click();
    await dialog.locator('.btn-done').click();
    const operation = page.locator('#operations-System-getCaller');
    await operation.getByRole('button').first().click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    const answer = page.waitForResponse('**/v1/caller');
    await operation.getByRole('button', { name: 'Execute' }).click();
    assert.equal((await (await answer).json()).subject, 'sam');
  });

  it('gives a customer his own orders, as they happen, until his token is taken no more', async () => {
    const customer = `c-${randomUUID()}`;
    const page = await bed.open('/', { expected: /401/ });
    await signIn(page, await served.tokenFor('customer', customer));
    await page.getByText('Your token lacks the scope ops:read.').waitFor();
    await pageOf(page, 'Try it');
    assert.equal(await page.getByLabel('Customer').inputValue(), customer);
    const curl = await page.getByLabel('curl', { exact: true }).textContent();
    assert.match(curl ?? '', /Authorization: Bearer \$ORDERLOG_TOKEN/);
    await page.getByRole('button', { name: 'Place the order' }).click();
    // Until it has ended it is followed by its stream.
    await page.locator('li[data-status="ORDER_STATUS_COMPLETED"]').waitFor({ timeout: 60_000 });
    await pageOf(page, 'Orders');
    await page.getByText('1 order,').waitFor();

    const json = { title: 'Who are you?', detail: 'the token has expired: get a new one, and go on with it' };
    await page.route('**/v1/orders?*', (route) => route.fulfill({ status: 401, json }));
    await page.getByRole('alert').getByText('the token has expired').waitFor();
    await page.unroute('**/v1/orders?*');
    await signIn(page, await served.tokenFor('customer', customer));
    await page.getByText('1 order,').waitFor();
  });
});
