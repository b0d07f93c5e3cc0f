/**
 * given / when / then for deciders, after emmett's DeciderSpecification:
 *
 *   const given = specificationOf(decider, initialState);
 *   given(orderCreated).when(noteItemsReserved).then(orderItemsReserved);
 */
import assert from 'node:assert/strict';
import type { Decider, Decision } from './decider.ts';
import type { AnyEvent } from './events.ts';

/** When everything in these tests happens. */
export const NOW = new Date('2026-01-02T03:04:05.678Z');

export interface Then<E> {
  then(...events: readonly E[]): void;
  thenNothing(): void;
  thenRefused(code: string, reason: string): void;
}

/** The state that events lead to. Their versions count up from 1, as in one aggregate. */
export function foldEvents<S, C, E>(decider: Decider<S, C, E>, initial: S, events: readonly E[]): S {
  return events.reduce(
    (state, event, index) => decider.evolve(state, event, { version: index + 1, time: NOW }),
    initial,
  );
}

export function specificationOf<S, C, E extends AnyEvent>(decider: Decider<S, C, E>, initial: S) {
  return (...given: readonly E[]) => ({
    when(command: C): Then<E> {
      const state = foldEvents(decider, initial, given);
      return expectations(decider.decide(command, state, { now: NOW }));
    },
  });
}

function expectations<E>(decision: Decision<E>): Then<E> {
  const then = (...events: readonly E[]) => assert.deepEqual(decision, { events });
  return {
    then,
    thenNothing: () => then(),
    thenRefused(code, reason) {
      assert.ok('refusal' in decision, `not refused: ${JSON.stringify(decision, bigintAsText)}`);
      const { refusal } = decision;
      assert.deepEqual({ code: refusal.code, reason: refusal.reason }, { code, reason });
      assert.ok(refusal.message.length > 0);
    },
  };
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}n` : value;
