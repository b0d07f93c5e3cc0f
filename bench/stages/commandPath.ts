/** Commands a second: PlaceOrder, group commit and all, on PostgreSQL; from the handler on, and by gRPC. */
import { createGrpcServer } from '../../platform/grpc/server.ts';
import type { Comparison, Measurement } from '../bench/measure.ts';
import { accepted, generate } from '../load/generate.ts';
import type { LoadResult } from '../load/placeOrders.ts';
import { fiveStatements } from './fiveStatements.ts';
import { closedLoop } from './pace.ts';
import { assertPlaced, orderServices, PASSING, placeOrderOf, WISHES } from './placing.ts';
import { prepared } from './prepared.ts';
import { databaseOf, postgresOf, silent } from './servers.ts';

/** As many as fill two flushes; each waits for its answer. */
const CALLERS = 512;
const GRPC_CALLERS = 256;
const TIMEOUT_MS = 10_000;
const STOP_MS = 2_000;

export const commandPath: Comparison = {
  id: 'command-path',
  title: 'PlaceOrder by the batch path (without gRPC), against a transaction of five statements an order',
  target: 3,
  prepare: (context) =>
    prepared(async (ending) => {
      const postgres = await postgresOf(context, ending);
      const db = await databaseOf(postgres, 'order', ending);
      const placeOrder = placeOrderOf(await orderServices(db, ending));
      let placed = 0;
      return {
        subject: {
          name: 'command path',
          unit: 'commands/s',
          async run(seconds) {
            await postgres.empty('order', PASSING);
            await postgres.settle();
            const before = placed;
            const rate = await closedLoop(CALLERS, seconds, () => placeOrder(placed++));
            const orders = placed - before;
            await assertPlaced(db, placed, orders);
            return { rate, detail: { callers: CALLERS, orders } };
          },
        },
        reference: await fiveBeside(postgres, context.folder),
      };
    }),
};

export const commandPathByGrpc: Comparison = {
  id: 'command-path-grpc',
  title: 'PlaceOrder by gRPC on PostgreSQL, against a transaction of five statements an order',
  prepare: (context) =>
    prepared(async (ending) => {
      const postgres = await postgresOf(context, ending);
      const db = await databaseOf(postgres, 'order', ending);
      const services = await orderServices(db, ending);
      const server = createGrpcServer({
        logger: silent,
        services,
        listen: { host: '127.0.0.1', port: 0 },
        listenVariable: 'ORDERLOG_GRPC_LISTEN',
      });
      const address = `127.0.0.1:${await server.start()}`;
      ending.defer(() => server.drain(STOP_MS));
      const order = { address, callers: GRPC_CALLERS, wishes: WISHES, timeoutMs: TIMEOUT_MS };
      let placed = 0;
      return {
        subject: {
          name: 'command path by gRPC',
          unit: 'commands/s',
          async run(seconds) {
            await postgres.empty('order', PASSING);
            await postgres.settle();
            const result = await generate({ ...order, seconds }, undefined, context.signal);
            const orders = allAccepted(result);
            placed += orders;
            await assertPlaced(db, placed, orders);
            const { p50, p99 } = result;
            return { rate: accepted(result), detail: { callers: GRPC_CALLERS, orders, p50, p99 } };
          },
        },
        reference: await fiveBeside(postgres, context.folder),
      };
    }),
};

/** How many they were. Throws if any was not: whether it was done nobody could tell. */
function allAccepted({ statuses }: LoadResult): number {
  const { '0': orders = 0, ...others } = statuses;
  if (Object.keys(others).length > 0)
    throw new Error(`calls were answered otherwise than OK, by gRPC status: ${JSON.stringify(others)}`);
  return orders;
}

/** The transactions that both are compared with, on the same server. */
async function fiveBeside(
  postgres: Awaited<ReturnType<typeof postgresOf>>,
  folder: string,
): Promise<Pick<Measurement, 'name' | 'unit' | 'run'>> {
  const five = await fiveStatements(postgres.url, folder);
  return {
    name: 'five statements',
    unit: 'transactions/s',
    async run(seconds) {
      await postgres.settle();
      return five(seconds);
    },
  };
}
