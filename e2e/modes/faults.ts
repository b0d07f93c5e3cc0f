/** The provider, the network and time, as disturbances. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WRITERS, type Writer } from '../../chaos/world.ts';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { createClient } from '../../platform/grpc/client.ts';
import type { TcpProxy } from '../../platform/tcpProxy.testing.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { readAgain } from '../support/lostData.ts';
import { orderOf } from '../support/orders.ts';
import { until } from '../support/system.ts';
import type { Bed } from './bed.ts';
import type { Disturbance } from './disturbance.ts';

export const providerFault = (mode: 'down' | 'hang' | 'drop', what: string): Disturbance => ({
  what,
  begin: (bed) => bed.setProviderFault(mode),
  heal: (bed) => bed.setProviderFault('none'),
});

const ANSWERS_LOST_FOR_MS = 2_000;

/** Every `nth` answer that `isIt` says is one in question is lost with its connection, while orders are placed. */
function losing(
  what: string,
  nth: number,
  linksOf: (bed: Bed) => readonly { readonly link: TcpProxy; readonly isIt: (bytes: Buffer) => boolean }[],
): Disturbance {
  let seen = 0;
  return {
    what,
    async begin(bed) {
      seen = 0;
      for (const { link, isIt } of linksOf(bed)) {
        link.onReply = (bytes) => (isIt(bytes) && ++seen % nth === 0 ? 'cut' : 'pass');
      }
    },
    strike: () => sleep(ANSWERS_LOST_FOR_MS),
    async heal(bed) {
      for (const { link } of linksOf(bed)) link.onReply = () => 'pass';
      if (seen < nth) throw new Error('no answer was lost');
    },
  };
}

/** Of a server to the services with a write side. */
export const losingAnswers = (
  what: string,
  server: 'postgres' | 'nats',
  nth: number,
  isIt: (service: Writer, bytes: Buffer) => boolean,
): Disturbance =>
  losing(what, nth, ({ world }) =>
    WRITERS.map((service) => ({
      link: world.link(service, server),
      isIt: (bytes) => isIt(service, bytes),
    })),
  );

const STOP_GRACE_MS = 2_000;
/** Short enough to be waited for, and longer than what an order does before it. */
const SHORT_DEADLINE = { ORDERLOG_ORDER_DEADLINE_SECONDS: '10' };

/** Orders are taken by a replica that gives them ten seconds; then the provider hangs for longer. */
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

/** Whom the direct saga calls; the other modes call nobody. */
const CALLED = ['catalog', 'payment'] as const;

export const losingCallAnswers: Disturbance = losing(
  'while many answers to the own calls of Order are lost',
  4,
  ({ world }) => CALLED.map((called) => ({ link: world.link('order', called), isIt: () => true })),
);

const BREAKER_OPENS_WITHIN_MS = 30_000;
const ASKED_FOR_MS = 500;

export const cuttingCalls: Disturbance = {
  what: 'while Order reaches neither Catalog nor Payment by its own calls, until a breaker is open',
  async begin({ world }) {
    for (const called of CALLED) world.link('order', called).cut();
  },
  strike: (bed) => until(() => assertBreakerOpen(bed), BREAKER_OPENS_WITHIN_MS),
  async heal({ world }) {
    for (const called of CALLED) world.link('order', called).mend();
  },
};

/** No direct saga is begun then. One that is begun before adds to the failures. */
async function assertBreakerOpen({ orders }: Bed): Promise<void> {
  const direct = orderOf({ sagaMode: SagaMode.SAGA_MODE_DIRECT });
  try {
    await orders.placeOrder(direct, { timeoutMs: ASKED_FOR_MS });
  } catch (error) {
    if (error instanceof OrderlogError && error.reason === 'BREAKER_OPEN') return;
    throw error;
  }
  throw new Error('a direct saga ended although nobody could be called');
}
