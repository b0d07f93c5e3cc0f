/**
 * What can be wrong with the sandbox provider, switched on and off while it runs (PUT /v1/faults { mode }):
 *
 * - `down`: every call is answered 503, and nothing is done.
 * - `hang`: nothing is done and nothing answered, for two minutes at most, or until the mode changes (then 503).
 * - `slow`: done and answered after 2 s.
 * - `drop`: done, and the connection is reset instead of an answer.
 *
 * The ledger and the switch itself are never faulty. A restart begins with `none`.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, fault } from './answer.ts';

export const FAULT_MODES = ['none', 'down', 'hang', 'slow', 'drop'] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

export interface Faults {
  mode(): FaultMode;
  set(mode: FaultMode): void;
  /** The answer to give; undefined: reset the connection. `gone`: when the caller does not wait any more. */
  through(work: () => Promise<Answer>, gone: AbortSignal): Promise<Answer | undefined>;
}

const SLOW_MS = 2_000;
const MAX_HANG_MS = 120_000;

const unavailable = (): Answer =>
  fault(503, 'unavailable', 'the provider is out of order (a fault is switched on)');

export function createFaults(): Faults {
  let current: FaultMode = 'none';
  const changes = new EventEmitter().setMaxListeners(0);
  return {
    mode: () => current,
    set(mode) {
      current = mode;
      changes.emit('change');
    },
    async through(work, gone) {
      switch (current) {
        case 'none':
          return work();
        case 'down':
          return unavailable();
        case 'hang': {
          const end = AbortSignal.any([gone, AbortSignal.timeout(MAX_HANG_MS)]);
          await once(changes, 'change', { signal: end }).catch(() => undefined);
          return unavailable();
        }
        case 'slow':
          await sleep(SLOW_MS);
          return work();
        case 'drop':
          await work();
          return undefined;
        default:
          current satisfies never;
          return work();
      }
    },
  };
}
