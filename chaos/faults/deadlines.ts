/** Orders that may take 8 s, in a system that now takes longer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { chargesFromNow } from '../ledger.ts';
import { endedAmong, isHeldBack, overdueSince } from '../looks.ts';

const LASTS_MS = 25_000;

const awayProvider: Fault = {
  name: 'deadlines-without-provider',
  what: `orders may take 8 s, and the provider charges but loses every answer for ${LASTS_MS / 1_000} s`,
  expect:
    'what is overdue is cancelled only by a definite answer; what was charged meanwhile is given back, once',
  world: 'impatient',
  async inject(world) {
    const link = world.link('payment', 'sandbox');
    link.onReply = () => 'cut';
    const since = new Date();
    const charged = await chargesFromNow(world.system.sandboxAddress);
    await sleep(LASTS_MS);
    const unanswered = await charged();
    const ended = await endedAmong(world, unanswered);
    const overdue = await overdueSince(world, since);
    return async () => {
      link.onReply = () => 'pass';
      if (unanswered.length === 0) throw new Error('nothing was charged whose answer was lost');
      if (overdue === 0) throw new Error('no order was overdue');
      if (ended > 0) throw new Error(`${ended} orders ended before their charges were known`);
    };
  },
};

/** Of direct sagas, whose calls need no nats. */
const HELD_BACK_MS = 5_000;

const backlog: Fault = {
  name: 'deadlines-behind-backlog',
  what: `orders may take 8 s, and Payment does not reach nats for ${LASTS_MS / 1_000} s`,
  expect: 'deadlines wait for what is still on its way; no paid order is cancelled for it',
  world: 'impatient',
  async inject(world) {
    const link = world.link('payment', 'nats');
    link.cut();
    await sleep(LASTS_MS);
    const wasHeldBack = await isHeldBack(world, 'payment', HELD_BACK_MS);
    return async () => {
      link.mend();
      if (!wasHeldBack) throw new Error('no news of Payment was held back');
    };
  },
};

export const deadlineFaults: readonly Fault[] = [awayProvider, backlog];
