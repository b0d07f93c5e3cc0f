/** Orders that may take 8 s, in a system that now takes longer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

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
    await sleep(LASTS_MS);
    return async () => {
      link.onReply = () => 'pass';
    };
  },
};

const backlog: Fault = {
  name: 'deadlines-behind-backlog',
  what: `orders may take 8 s, and Payment does not reach nats for ${LASTS_MS / 1_000} s`,
  expect: 'deadlines wait for what is still on its way; no paid order is cancelled for it',
  world: 'impatient',
  async inject(world) {
    const link = world.link('payment', 'nats');
    link.cut();
    await sleep(LASTS_MS);
    return async () => link.mend();
  },
};

export const deadlineFaults: readonly Fault[] = [awayProvider, backlog];
