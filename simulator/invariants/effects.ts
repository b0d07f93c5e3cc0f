/** 5, 12: every message had its effects once, and so had the answer to every call. */
import { Violation } from '../violation.ts';
import { allServices, type World } from '../world.ts';

export function auditEffects(world: World): void {
  for (const { store, parts, name } of allServices(world)) {
    for (const [effect, times] of store.effects) {
      if (times > 1) throw new Violation(12, `${effect} had its effects ${times} times in ${name}`);
    }
    for (const { name: consumer, stream } of parts.subscriptions) {
      const messages = world.log[stream.name]?.messages ?? [];
      const lost = messages.find(({ sequence }) => !store.effects.has(`${consumer} ${sequence}`));
      if (lost)
        throw new Violation(12, `message ${lost.sequence} of ${stream.name} had no effects on ${consumer}`);
    }
    if (store.tasks.size > 0) throw new Violation(7, `${name} has open tasks`);
    if (store.timers.size > 0) throw new Violation(7, `${name} has timers that were never cleared`);
  }
}
