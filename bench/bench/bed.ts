/** A whole system to be measured: servers, databases and services of its own, with the settings that make commits durable. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../cli/servers/ports.ts';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { type Layout, layoutOf } from '../../cli/start/layout.ts';
import { SERVERS } from '../../cli/start/localServers.ts';
import { silent } from '../../cli/start/reporter.ts';
import type { ServiceSpec } from '../../cli/start/services.ts';
import { type System, startSystem } from '../../cli/start/system.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderQueryServiceService } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { assertClean } from '../compare/auditing.ts';
import { surroundings } from '../compare/bed.ts';
import { answered } from '../compare/patience.ts';
import type { Audit } from './figures.ts';
import type { BenchContext } from './measure.ts';
import { createReadModel, type ReadModel } from './readModel.ts';
import { settingsOf } from './settings.ts';

export interface Bed {
  readonly name: string;
  readonly system: System;
  /** Where it has its files. */
  readonly layout: Layout;
  /** Names and versions. */
  readonly servers: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly orders: GrpcClient<typeof OrderServiceService>;
  readonly query: GrpcClient<typeof OrderQueryServiceService>;
  readonly readModel: ReadModel;
  /** Aborted: whoever measures is to stop. */
  readonly signal: AbortSignal;
  /** Writes out what PostgreSQL has left to write, so that no turn pays for the one before it. */
  settle(): Promise<void>;
  /** Throws with what is broken. */
  audit(say: (line: string) => void): Promise<Audit>;
  stop(): Promise<void>;
}

const PORTS = 100;
const STOCK = 1_000_000_000n;

export const SKUS: readonly string[] = Array.from(
  { length: 200 },
  (_, n) => `BENCH-${String(n).padStart(3, '0')}`,
);

/** `settings`: of the services; `services`: the table of them, unless it is the usual one. */
export async function startBed(
  name: string,
  { folder, say, signal }: BenchContext,
  settings: NodeJS.ProcessEnv = {},
  services?: readonly ServiceSpec[],
): Promise<Bed> {
  say(`${name}: starting servers and services`);
  const dataDir = join(folder, `bed-${randomUUID().slice(0, 8)}`);
  const portBase = String(await freePorts(PORTS));
  const servers: Record<string, string> = {};
  const system = await startSystem({
    dataDir,
    portBase,
    ...(services && { services }),
    env: {
      ...surroundings(),
      ...settings,
      ORDERLOG_LOG_LEVEL: 'error',
    },
    reporter: {
      ...silent,
      done(part, detail) {
        if (SERVERS.some((server) => server === part)) servers[part] = detail.replace(/,? process \d+/, '');
      },
    },
    signal,
  });
  const layout = layoutOf(dataDir, portBase);
  const told = await settingsOf(system.urls, layout).catch(async (error: unknown) => {
    await system.stop();
    throw error;
  });
  const bed = bedOf(name, { system, layout, servers, settings: told, signal });
  try {
    await putItems(system.addresses.catalog);
    return bed;
  } catch (error) {
    await bed.stop();
    throw error;
  }
}

function bedOf(
  name: string,
  {
    system,
    layout,
    servers,
    settings,
    signal,
  }: Pick<Bed, 'system' | 'layout' | 'servers' | 'settings' | 'signal'>,
): Bed {
  const { addresses, urls } = system;
  const clients = {
    orders: createClient(OrderServiceService, addresses.order),
    query: createClient(OrderQueryServiceService, addresses.gateway),
  };
  const readModel = createReadModel(urls, signal);
  return {
    name,
    system,
    layout,
    servers,
    settings,
    ...clients,
    readModel,
    signal,
    settle: () => withClient(urls.postgres, async (client) => void (await client.query('checkpoint'))),
    async audit(say) {
      const audit = await assertClean(system, say);
      return { of: name, orders: (await readModel.count()).ended, ...audit };
    },
    async stop() {
      for (const client of Object.values(clients)) client.close();
      try {
        await readModel.close();
      } finally {
        await system.stop();
      }
      await rm(layout.dataDir, { recursive: true, force: true });
    },
  };
}

async function putItems(address: string): Promise<void> {
  const catalog = createClient(CatalogServiceService, address);
  const put = (sku: string, n: number) =>
    answered(() =>
      catalog.putItem({
        requestId: randomUUID(),
        sku,
        name: sku.toLowerCase(),
        unitPrice: { currencyCode: 'EUR', units: BigInt(1 + (n % 20)), nanos: 500_000_000 },
        initialOnHand: STOCK,
      }),
    );
  try {
    await Promise.all(SKUS.map(put));
  } finally {
    catalog.close();
  }
}
