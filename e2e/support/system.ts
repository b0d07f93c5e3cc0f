/**
 * One whole system for all end-to-end tests that ask for it: real servers, real processes, on ports and in a folder of its
 * own. `npm test` runs those that import it in one process (scripts/tests/files.ts), which stops it after its last file.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../cli/servers/ports.ts';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { silent } from '../../cli/start/reporter.ts';
import { startSystem } from '../../cli/start/system.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { PaymentServiceService } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { OrderQueryServiceService } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { type Collector, type ReceivedSpan, startCollector } from './collector.ts';
import { type Orders, untilAccepted } from './orders.ts';

export interface LedgerEntry {
  readonly kind: 'charge' | 'refund';
  readonly key: string;
  /** The provider's own id. */
  readonly id: string;
  /** Of a charge. */
  readonly orderId: string;
  /** Of a charge. */
  readonly status: 'captured' | 'declined';
  /** Of a refund: the charge that was given back. */
  readonly chargeId?: string;
  readonly amountMinor: string;
}

export interface System {
  /** As ORDERLOG_DATA_DIR and ORDERLOG_PORT_BASE name it to the command line. */
  readonly local: { readonly dataDir: string; readonly portBase: string };
  readonly addresses: Readonly<Record<'gateway' | 'order' | 'catalog' | 'payment' | 'http', string>>;
  readonly orders: Orders;
  readonly catalog: GrpcClient<typeof CatalogServiceService>;
  readonly payment: GrpcClient<typeof PaymentServiceService>;
  readonly query: GrpcClient<typeof OrderQueryServiceService>;
  /** As a superuser and beside the services: for looking, not for changing. */
  readonly urls: {
    readonly nats: string;
    readonly elasticsearch: string;
    readonly databases: Readonly<Record<'order' | 'catalog' | 'payment', string>>;
  };
  /** A new item, which no other test sells. Returns its SKU. */
  newItem(item: { onHand: bigint; priceCents?: number }): Promise<string>;
  /** SIGKILL to a service or a server; resolves when the supervisor has it up again. */
  kill(name: string): Promise<void>;
  /** What is wrong with the provider from now on (services/sandbox/faults.ts); `none`: all is well. */
  setProviderFault(mode: 'none' | 'down' | 'hang' | 'slow' | 'drop'): Promise<void>;
  /** All that the provider has done. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** How often the provider charged for an order. */
  charges(orderId: string): Promise<number>;
  /** How many of these orders the provider has money for; throws if it took it twice for one. */
  capturedCharges(orderIds: readonly string[]): Promise<number>;
  /** What the provider took for an order, and what of that it gave back, in minor units. Throws if it took it twice. */
  moneyOf(orderId: string): Promise<{ readonly taken: bigint; readonly back: bigint }>;
  /** All spans that its processes have sent; they record traces whose caller does, and no others. */
  traces(): readonly ReceivedSpan[];
  /** The same, as it was sent. */
  exported(): readonly Buffer[];
  /** What stands with the events of an order, in the Order service's database. */
  eventTraceparents(orderId: string): Promise<readonly (string | null)[]>;
  /** Repeats a check until it holds; throws what it threw last. */
  until(check: () => Promise<void>, withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

let shared: Promise<System> | undefined;

/** The shared system; the first who asks starts it. */
export function system(): Promise<System> {
  shared ??= start();
  return shared;
}

export async function stopSystem(): Promise<void> {
  await (await shared?.catch(() => undefined))?.stop();
}

const PORTS = 100;

/**
 * Open for long enough to be met, no longer: some of the orders that a test places fail with the provider at first, and where six of
 * these stand together the others wait for the breaker.
 */
export const SHORT_BREAKER = { ORDERLOG_BREAKER_HALF_OPEN_SECONDS: '2' };

const start = (): Promise<System> => startOwn('shared', SHORT_BREAKER);

/** A system of a test's own, in a folder of that name: one that was there is gone on with. Stop it. */
export async function startOwn(folder: string, settings: NodeJS.ProcessEnv): Promise<System> {
  const base = await freePorts(PORTS);
  const local = { dataDir: join(testFolder(), folder), portBase: String(base) };
  const collector = await startCollector();
  const running = await startSystem({
    ...local,
    env: { ...process.env, ...tracedTo(collector), ...settings },
    reporter: silent,
  });
  const { addresses, sandboxAddress, urls, services, servers } = running;
  const clients = {
    orders: createClient(OrderServiceService, addresses.order),
    catalog: createClient(CatalogServiceService, addresses.catalog),
    payment: createClient(PaymentServiceService, addresses.payment),
    query: createClient(OrderQueryServiceService, addresses.gateway),
  };
  const databaseUrl = (name: string) => urls.databases.get(name)?.migrationUrl ?? '';
  const ledger = () => readLedger(sandboxAddress);
  const chargesOf = async (orderIds: ReadonlySet<string>) =>
    (await ledger()).filter(({ kind, orderId }) => kind === 'charge' && orderIds.has(orderId));
  return {
    local,
    addresses,
    ...clients,
    urls: {
      nats: urls.nats,
      elasticsearch: urls.elasticsearch,
      databases: {
        order: databaseUrl('order'),
        catalog: databaseUrl('catalog'),
        payment: databaseUrl('payment'),
      },
    },
    newItem: (item) => putItem(clients.catalog, item),
    async kill(name) {
      const kept = services.get(name) ?? servers.get(name);
      if (!kept) throw new Error(`no part ${name}`);
      const again = kept.restarted();
      kept.kill('SIGKILL');
      await again;
    },
    async setProviderFault(mode) {
      const headers = { 'content-type': 'application/json' };
      const url = `http://${sandboxAddress}/v1/faults`;
      const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ mode }) });
      if (!response.ok) throw new Error(`the sandbox answers ${response.status}`);
    },
    ledger,
    charges: async (orderId) => (await chargesOf(new Set([orderId]))).length,
    async capturedCharges(orderIds) {
      const captured = (await chargesOf(new Set(orderIds))).filter(({ status }) => status === 'captured');
      const paid = new Set(captured.map(({ orderId }) => orderId));
      if (paid.size !== captured.length) throw new Error('the provider charged an order twice');
      return paid.size;
    },
    moneyOf: async (orderId) => moneyOf(await ledger(), orderId),
    traces: collector.spans,
    exported: collector.bodies,
    eventTraceparents: (orderId) => traceparentsOf(databaseUrl('order'), orderId),
    until,
    async stop() {
      for (const client of Object.values(clients)) client.close();
      await running.stop();
      await collector.close();
    },
  };
}

/** Only what a test asks for is traced: the others are as fast as they were. */
const tracedTo = ({ url }: Collector) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_TRACES_SAMPLER: 'parentbased_always_off',
  OTEL_BSP_SCHEDULE_DELAY: '200',
});

const traceparentsOf = (url: string, orderId: string): Promise<readonly (string | null)[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ traceparent: string | null }>(
      'select traceparent from events where stream_id = $1 order by version',
      [orderId],
    );
    return rows.map(({ traceparent }) => traceparent);
  });

/** What the provider took for an order, and gave back of it, in minor units. Throws if it took it twice. */
export function moneyOf(ledger: readonly LedgerEntry[], orderId: string): { taken: bigint; back: bigint } {
  const captured = ledger.filter(
    (entry) => entry.kind === 'charge' && entry.orderId === orderId && entry.status === 'captured',
  );
  if (captured.length > 1) throw new Error(`the provider charged ${orderId} twice`);
  const ids = captured.map(({ id }) => id);
  const refunds = ledger.filter(({ kind, chargeId }) => kind === 'refund' && ids.includes(chargeId ?? ''));
  const sum = (entries: readonly LedgerEntry[]) =>
    entries.reduce((total, { amountMinor }) => total + BigInt(amountMinor), 0n);
  return { taken: sum(captured), back: sum(refunds) };
}

async function putItem(
  catalog: GrpcClient<typeof CatalogServiceService>,
  { onHand, priceCents = 1_000 }: { onHand: bigint; priceCents?: number },
): Promise<string> {
  const sku = `T-${randomUUID()}`;
  const request = {
    requestId: randomUUID(),
    sku,
    name: `Test item ${sku}`,
    unitPrice: {
      currencyCode: 'EUR',
      units: BigInt(Math.floor(priceCents / 100)),
      nanos: (priceCents % 100) * 10_000_000,
    },
    initialOnHand: onHand,
  };
  await untilAccepted(() => catalog.putItem(request));
  return sku;
}

async function readLedger(address: string): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (;;) {
    const response = await fetch(`http://${address}/v1/ledger?after=${entries.length}`);
    const page = (await response.json()) as { entries: LedgerEntry[] };
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
  }
}

export async function until(check: () => Promise<void>, withinMs = 60_000, everyMs = 100): Promise<void> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
    await sleep(everyMs);
  }
}
