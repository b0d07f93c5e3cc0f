/**
 * A system that many scenarios share: of its own, since they kill and pause it, without the read model, which does not
 * know who drove a saga, and with settings that let what takes seconds elsewhere take less here. What the provider and the log hold is read on from where the last look ended.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Journal, openJournal } from '../../chaos/journal.ts';
import { startWorld, type World, WRITERS } from '../../chaos/world.ts';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { PaymentServiceService } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import type { Orders } from '../support/orders.ts';
import { SHORT_BREAKER } from '../support/system.ts';
import { type LedgerView, openLedgerView } from './ledgerView.ts';
import { type LogView, openLogView } from './logView.ts';
import { shared, turns } from './together.ts';

export interface Bed {
  readonly world: World;
  /** Where orders are placed now. */
  orders: Orders;
  readonly catalog: GrpcClient<typeof CatalogServiceService>;
  readonly payment: GrpcClient<typeof PaymentServiceService>;
  readonly ledger: LedgerView;
  readonly log: LogView;
  /** Tasks of Payment that were begun, by their ids. */
  begunTasks(): Promise<ReadonlySet<string>>;
  /** Only so many look at their orders at the same time: they are not to be the load. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Every acknowledged PlaceOrder. */
  readonly journal: Journal;
  /** Rows of a service's database, read by a superuser. */
  query(
    service: 'order' | 'catalog' | 'payment',
    sql: string,
    ...values: unknown[]
  ): Promise<readonly object[]>;
  setProviderFault(mode: 'none' | 'down' | 'hang' | 'slow' | 'drop'): Promise<void>;
  stop(): Promise<void>;
}

/** The provider's answer to tok_timeout comes after Payment has given it up, and its slow one before. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sandbox: { ORDERLOG_PROVIDER_LATE_MS: '8000' },
  payment: { ORDERLOG_PROVIDER_TIMEOUT_MS: '4000', ...SHORT_BREAKER },
  order: SHORT_BREAKER,
};
const OF_WRITERS = { ORDERLOG_TIMER_MARGIN_MS: '500' };

const LOOKERS = 8;

export async function startBed(name: string): Promise<Bed> {
  const folder = join(testFolder(), `modes-${name}`);
  mkdirSync(folder, { recursive: true });
  const world = await startWorld({
    folder,
    env: { ...process.env, ORDERLOG_READS: 'aggregate' },
    settings: (service) => ({
      ...(WRITERS.some((writer) => writer === service) && OF_WRITERS),
      ...SETTINGS[service],
    }),
  });
  const { addresses, sandboxAddress, urls } = world.system;
  const clients = {
    orders: createClient(OrderServiceService, addresses.order),
    catalog: createClient(CatalogServiceService, addresses.catalog),
    payment: createClient(PaymentServiceService, addresses.payment),
  };
  const log = await openLogView(urls.nats);
  const query: Bed['query'] = (service, sql, ...values) =>
    withClient(world.databaseUrl(service), async (client) => (await client.query(sql, values)).rows);
  return {
    world,
    ...clients,
    ledger: openLedgerView(sandboxAddress),
    log,
    journal: openJournal(join(folder, 'journal.jsonl')),
    query,
    begunTasks: shared(async () => {
      const rows = await query('payment', 'select task_id from tasks where attempts > 0');
      return new Set(rows.map((row) => String('task_id' in row && row.task_id)));
    }),
    inTurn: turns(LOOKERS),
    async setProviderFault(mode) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ mode });
      const response = await fetch(`http://${sandboxAddress}/v1/faults`, { method: 'PUT', headers, body });
      if (!response.ok) throw new Error(`the sandbox answers ${response.status}`);
    },
    async stop() {
      for (const client of Object.values(clients)) client.close();
      await log.close();
      await world.stop();
    },
  };
}
