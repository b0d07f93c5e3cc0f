/**
 * The console in a browser, before a system that runs. Whatever a page complains of fails the test that opened it: an error on
 * its console, an exception, a breach of its policy, or a request to another host.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'mocha';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { System } from '../../support/system.ts';
import { launchChromium } from './chromium.ts';

export const WIDE = { width: 1360, height: 900 };
export const NARROW = { width: 360, height: 740 };
const WAIT_MS = 20_000;

export interface Opened extends BrowserContextOptions {
  /** Complaints that are what the test is about. */
  readonly expected?: RegExp;
  /** Runs before any of the page's own. */
  readonly script?: string;
}

export interface Bed {
  system: System;
  /** A page of the console by its fragment, such as `/orders`, in a browser without a past. */
  open(fragment: string, options?: Opened): Promise<Page>;
}

/** Registers the hooks; what it gives is there once they have run. */
export function consoleBed(start: () => Promise<System>): Bed {
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  let complaints: string[] = [];
  before(async () => {
    browser = await launchChromium();
    bed.system = await start();
  });
  after(() => browser?.close());
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    const heard = complaints;
    [contexts, complaints] = [[], []];
    assert.deepEqual(heard, [], 'the page complained');
  });
  const bed: Bed = {
    system: undefined as unknown as System,
    async open(fragment, { expected, script, ...options } = {}) {
      const context = await browser.newContext({ viewport: WIDE, ...options });
      contexts.push(context);
      context.setDefaultTimeout(WAIT_MS);
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const origin = `http://${bed.system.addresses.http}`;
      const page = await context.newPage();
      if (script) await page.addInitScript(script);
      listen(page, origin, (complaint) => {
        if (!expected?.test(complaint)) complaints.push(complaint);
      });
      await page.goto(`${origin}/#${fragment}`);
      return page;
    },
  };
  return bed;
}

function listen(page: Page, origin: string, complain: (complaint: string) => void): void {
  // A breach of the policy is an error on the console, too.
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complain(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('blob:')) complain(`asks another host: ${url}`);
  });
}
