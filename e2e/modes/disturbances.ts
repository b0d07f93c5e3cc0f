/** Kills, pauses and faults of others, as disturbances. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WRITERS, type Writer } from '../../chaos/world.ts';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { readAgain } from '../support/lostData.ts';
import type { Bed } from './bed.ts';
import type { Disturbance } from './disturbance.ts';

const STOP_GRACE_MS = 2_000;
const CALLED = ['catalog', 'payment'] as const;
/** More than five tries of a call. */
const CUT_FOR_MS = 4_000;

export const calm: Disturbance = { what: 'while nothing disturbs it' };

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

/** A refund lasts long enough to be killed in. */
export const killingDuringRefund: Disturbance = {
  what: 'when payment is killed during a refund',
  strike: (bed) => bed.setProviderFault('slow'),
  async heal(bed) {
    await kill(bed, 'payment');
    await bed.setProviderFault('none');
  },
};

export const providerFault = (mode: 'down' | 'hang' | 'drop', what: string): Disturbance => ({
  what,
  begin: (bed) => bed.setProviderFault(mode),
  heal: (bed) => bed.setProviderFault('none'),
});

const ANSWERS_LOST_FOR_MS = 2_000;

/** Every `nth` answer that `isIt` says is the one in question is lost with its connection, while orders are placed. */
export const losingAnswers = (
  what: string,
  server: 'postgres' | 'nats',
  nth: number,
  isIt: (service: Writer, bytes: Buffer) => boolean,
): Disturbance => {
  return {
    what,
    async begin({ world }) {
      let seen = 0;
      for (const service of WRITERS) {
        world.link(service, server).onReply = (bytes) =>
          isIt(service, bytes) && ++seen % nth === 0 ? 'cut' : 'pass';
      }
    },
    strike: () => sleep(ANSWERS_LOST_FOR_MS),
    async heal({ world }) {
      for (const service of WRITERS) world.link(service, server).onReply = () => 'pass';
    },
  };
};

const SHORT_DEADLINE = { ORDERLOG_ORDER_DEADLINE_SECONDS: '2' };

/** Orders are taken by a replica that gives them two seconds; then the provider hangs for longer. */
export function shortDeadlines(): Disturbance {
  let give: (() => Promise<void>) | undefined;
  return {
    what: 'when the provider hangs beyond the deadline',
    async begin(bed) {
      const usual = bed.orders;
      const replica = await bed.world.replica('order', SHORT_DEADLINE);
      const orders = createClient(OrderServiceService, replica.address);
      bed.orders = orders;
      give = async () => {
        bed.orders = usual;
        orders.close();
        await replica.stop(STOP_GRACE_MS);
      };
    },
    strike: (bed) => bed.setProviderFault('hang'),
    async heal(bed) {
      await bed.setProviderFault('none');
      await give?.();
    },
  };
}

/** Every consumer of every service begins again at the first event. */
export const deliveringAgain: Disturbance = {
  what: 'when all that ever happened is delivered a second time',
  async strike({ world }) {
    await Promise.all(
      WRITERS.map((service) => withClient(world.databaseUrl(service), (client) => readAgain(client))),
    );
  },
};

/** The direct saga's own calls; the other modes make none. */
export const cuttingCalls: Disturbance = {
  what: 'while Order reaches neither Catalog nor Payment by its own calls, until its breakers are open',
  async begin({ world }) {
    for (const called of CALLED) world.link('order', called).cut();
  },
  strike: () => sleep(CUT_FOR_MS),
  async heal({ world }) {
    for (const called of CALLED) world.link('order', called).mend();
  },
};

export const losingCallAnswers: Disturbance = {
  what: 'while many answers to the own calls of Order are lost',
  async begin({ world }) {
    let seen = 0;
    for (const called of CALLED) {
      world.link('order', called).onReply = () => (++seen % 4 === 0 ? 'cut' : 'pass');
    }
  },
  strike: () => sleep(ANSWERS_LOST_FOR_MS),
  async heal({ world }) {
    for (const called of CALLED) world.link('order', called).onReply = () => 'pass';
  },
};
