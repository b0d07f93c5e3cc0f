/** Too much at once: of everything. */
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { portOf } from '../../cli/start/layout.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { Fault } from '../fault.ts';
import { until } from '../until.ts';

const CONNECTIONS = 400;
const ROUNDS = 10;

const storm: Fault = {
  name: 'connection-storm',
  what: `${CONNECTIONS} connections that say nothing, and ${CONNECTIONS} clients that call and hang up at once, ${ROUNDS} times`,
  expect: 'the others are served; nothing is left over',
  async inject({ system }) {
    const { order, http, gateway } = system.addresses;
    const sockets: Socket[] = [];
    for (let n = 0; n < CONNECTIONS; n++) {
      const socket = connect(portOf([order, http, gateway][n % 3] ?? order), '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    for (let round = 0; round < ROUNDS; round++) {
      const clients = Array.from({ length: CONNECTIONS / ROUNDS }, () =>
        createClient(OrderServiceService, order),
      );
      const calls = clients.flatMap((client) =>
        Array.from({ length: 10 }, () => {
          const hangUp = new AbortController();
          const call = client.getOrder({ orderId: randomUUID() }, { signal: hangUp.signal });
          setTimeout(() => hangUp.abort(), Math.random() * 50);
          return call.catch(() => undefined);
        }),
      );
      await Promise.all(calls);
      for (const client of clients) client.close();
      await sleep(300);
    }
    return async () => {
      for (const socket of sockets) socket.destroy();
    };
  },
};

const REPLAYS = 10;

const replays: Fault = {
  name: 'replay-storm',
  what: `every request so far is repeated ${REPLAYS} times, all at once`,
  expect: 'each repeat gets the first answer, byte for byte; no second order',
  async inject(_, load) {
    await sleep(3_000);
    await load.replay(REPLAYS);
    return async () => undefined;
  },
};

const BURST = 1_500;
const TAKEN_WITHIN_MS = 100_000;

const burst: Fault = {
  name: 'burst',
  what: `${BURST} orders at once`,
  expect: 'each is taken, at once or at a repeat, and ends',
  async inject(_, load) {
    load.burst(BURST);
    const { asked } = load;
    await sleep(1_000);
    return () => until(`${asked} orders are taken`, async () => load.acknowledged >= asked, TAKEN_WITHIN_MS);
  },
};

export const loadFaults: readonly Fault[] = [storm, replays, burst];
