/** The payment provider: away, hanging, late, failing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { chargesFromNow } from '../ledger.ts';
import { endedAmong } from '../looks.ts';

const away: Fault = {
  name: 'provider-away',
  what: 'the provider cannot be reached for a minute',
  expect: 'payments wait: none fails on a guess, no order is cancelled for it',
  async inject(world) {
    const link = world.link('payment', 'sandbox');
    link.cut();
    await sleep(60_000);
    return async () => link.mend();
  },
};

const hanging: Fault = {
  name: 'provider-hangs',
  what: 'the provider takes every call and answers none for 20 s; then it answers all of them',
  expect: 'each call ends by its timeout as unknown, and is repeated under the same key',
  async inject(world) {
    const link = world.link('payment', 'sandbox');
    link.onRequest = () => 'hold';
    await sleep(20_000);
    return async () => {
      link.onRequest = () => 'pass';
      link.release();
    };
  },
};

const late: Fault = {
  name: 'provider-late',
  what: 'the provider charges at once and answers after 12 s, which is later than we wait',
  expect: 'unknown, asked again under the same key; one charge an order',
  async inject(world) {
    const link = world.link('payment', 'sandbox');
    link.replyDelayMs = 12_000;
    const charged = await chargesFromNow(world.system.sandboxAddress);
    await sleep(15_000);
    const unanswered = await charged();
    const ended = await endedAmong(world, unanswered);
    return async () => {
      link.replyDelayMs = 0;
      if (unanswered.length === 0) throw new Error('nothing was charged whose answer came too late');
      if (ended > 0) throw new Error(`${ended} orders ended before their charges were known`);
    };
  },
};

const unavailable = Buffer.from(
  'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
);

const failing: Fault = {
  name: 'provider-fails',
  what: 'the provider answers 503 to everything for 15 s',
  expect: 'no answer is no decline: asked again until it is definite',
  async inject(world) {
    const link = world.link('payment', 'sandbox');
    link.onRequest = () => unavailable;
    await sleep(15_000);
    return async () => {
      link.onRequest = () => 'pass';
    };
  },
};

export const providerFaults: readonly Fault[] = [away, hanging, late, failing];
