/** SIGKILL and SIGSTOP, as disturbances. */
import { WRITERS, type Writer } from '../../chaos/world.ts';
import { REFUND_TASK } from '../../services/payment/tasks.ts';
import { until } from '../support/system.ts';
import type { Bed } from './bed.ts';
import type { Disturbance } from './disturbance.ts';

/** SIGSTOP: connections stay open, and nothing is answered. */
const pause = ({ world }: Bed, part: string) => world.signal(part, 'SIGSTOP');
const resume = ({ world }: Bed, part: string) => world.signal(part, 'SIGCONT');

/** SIGKILL; resolves when they are up again. */
async function kill(bed: Bed, ...parts: readonly string[]): Promise<void> {
  const { world } = bed;
  const again = parts.map((part) => world.part(part).restarted());
  for (const part of parts) world.signal(part, 'SIGKILL');
  for (const part of parts) if (isWriter(part)) await outliveLeases(bed, part);
  await Promise.all(again);
}

const isWriter = (part: string): part is Writer => WRITERS.some((writer) => writer === part);

/**
 * What a killed process had leased is free at once: that leases run out by themselves, in up to half a minute, is tested where
 * they are.
 */
async function outliveLeases(bed: Bed, service: Writer): Promise<void> {
  await bed.query(
    service,
    'update tasks set leased_until = clock_timestamp() where leased_until is not null',
  );
  await bed.query(service, 'update leases set expires_at = clock_timestamp()');
  await bed.query(service, 'update checkpoints set owner_until = clock_timestamp()');
  await bed.query(service, 'delete from members');
}

export const pausing = (part: string): Disturbance => ({
  what: `while ${part} is paused`,
  begin: async (bed) => pause(bed, part),
  heal: async (bed) => resume(bed, part),
});

/** A service that is stopped in its tracks, and never goes on from there. */
export const killingInItsTracks = (part: string, when: string): Disturbance => ({
  what: `when ${part} is killed ${when}`,
  begin: async (bed) => pause(bed, part),
  strike: (bed) => kill(bed, part),
});

/** `held` does nothing until it is over. */
export const killingWhileHeld = (part: string, held: string, when: string): Disturbance => ({
  what: `when ${part} is killed ${when}`,
  begin: async (bed) => pause(bed, held),
  strike: (bed) => kill(bed, part),
  heal: async (bed) => resume(bed, held),
});

export const killing = (parts: readonly string[], when: string): Disturbance => ({
  what: `when ${parts.join(', ')} ${parts.length > 1 ? 'are' : 'is'} killed ${when}`,
  strike: (bed) => kill(bed, ...parts),
});

const REFUNDING_WITHIN_MS = 30_000;

/** Throws, and lets it go on, if it asks for no refund at this moment. */
async function pauseDuringRefund(bed: Bed): Promise<void> {
  pause(bed, 'payment');
  const underWay = await bed.query(
    'payment',
    'select task_id from tasks where kind = $1 and leased_until > clock_timestamp()',
    REFUND_TASK,
  );
  if (underWay.length > 0) return;
  resume(bed, 'payment');
  throw new Error('no refund was under way that it could be killed in');
}

/** A refund lasts long enough to be killed in. */
export const killingDuringRefund: Disturbance = {
  what: 'when payment is killed during a refund',
  strike: (bed) => bed.setProviderFault('slow'),
  async heal(bed) {
    try {
      await until(() => pauseDuringRefund(bed), REFUNDING_WITHIN_MS);
    } finally {
      await kill(bed, 'payment');
      await bed.setProviderFault('none');
    }
  },
};
