/**
 * `npm run screenshots`: the pictures of the README, docs/console/*.png, from a system of its own with a load on it. Takes a
 * minute, and says what it does.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { stopTestServers } from '../../cli/servers/testing.ts';
import { ended, orderOf, placeUntilAccepted } from '../support/orders.ts';
import { type System, startOwn } from '../support/system.ts';
import { WIDE } from './support/bed.ts';
import { launchChromium } from './support/chromium.ts';

const FOLDER = 'docs/console';
const LOAD_MS = 25_000;
const PAUSE_MS = 90;
const SHOWN_MS = 12_000;

const ITEMS = ['SKU-COFFEE', 'SKU-ESPRESSO', 'SKU-TEA', 'SKU-MUG', 'SKU-FILTER', 'SKU-KETTLE'];
const CUSTOMERS = ['ada', 'grace', 'edsger', 'barbara', 'tony'];
/** Of twelve orders, so many go other ways than straight to completion. */
const wishOf = (n: number) => ({
  customerId: CUSTOMERS[n % CUSTOMERS.length] ?? 'ada',
  lines: [{ sku: n % 12 === 5 ? 'SKU-SOLD-OUT' : (ITEMS[n % ITEMS.length] ?? ''), quantity: 1 + (n % 3) }],
  paymentToken: n % 12 === 7 ? 'tok_declined' : n % 12 === 10 ? 'tok_slow' : 'tok_ok',
});

const say = (line: string) => process.stdout.write(`${line}\n`);

say('starting a system');
const system = await startOwn('screenshots', {});
const browser = await launchChromium();
try {
  mkdirSync(FOLDER, { recursive: true });
  const { orderId } = await placeUntilAccepted(system.orders, orderOf(wishOf(0)));
  await ended(system.orders, orderId);
  const live = await opened(browser, system, '/');
  await live.locator('.saga-node').first().waitFor();
  say(`placing orders for ${LOAD_MS / 1_000} s`);
  const load = placeFor(system, LOAD_MS);
  await sleep(SHOWN_MS);
  await take(live, 'live');
  await load;
  const order = await opened(browser, system, `/orders/${orderId}`);
  await order.getByText('ReservationConfirmed').first().waitFor();
  await take(order, 'order');
} finally {
  await browser.close();
  await system.stop();
  await stopTestServers();
}

async function placeFor({ orders }: System, ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  const placed: Promise<unknown>[] = [];
  for (let n = 1; performance.now() < untilMs; n += 1) {
    placed.push(placeUntilAccepted(orders, orderOf(wishOf(n))));
    await sleep(PAUSE_MS);
  }
  await Promise.all(placed);
}

async function opened(chromium: Browser, { addresses }: System, fragment: string): Promise<Page> {
  const page = await chromium.newPage({ viewport: WIDE, colorScheme: 'light' });
  await page.goto(`http://${addresses.http}/#${fragment}`);
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  say(path);
}
