/**
 * One architecture, running: servers, databases and services of its own, fresh, on this machine, and nothing else beside it.
 * Sharing servers would be quicker, and unfair: one architecture's dead rows, write-ahead log and caches would be paid by the
 * next, and what a server costs could be counted for nobody.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Architecture } from '../../cli/architectures.ts';
import { freePorts } from '../../cli/servers/ports.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { SERVERS } from '../../cli/start/localServers.ts';
import { silent } from '../../cli/start/reporter.ts';
import { type System, startSystem } from '../../cli/start/system.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderQueryServiceService } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { answered } from './patience.ts';
import type { Plan } from './plan.ts';
import { ITEMS, SOLD_OUT } from './workload.ts';

export interface Bed {
  readonly architecture: Architecture;
  readonly plan: Plan;
  readonly system: System;
  readonly startSeconds: number;
  /** Names and versions. */
  readonly servers: Readonly<Record<string, string>>;
  readonly orders: GrpcClient<typeof OrderServiceService>;
  readonly query: GrpcClient<typeof OrderQueryServiceService>;
  /** Where the services write which of their code ran. */
  readonly codeFolder: string;
  setProvider(mode: 'none' | 'down'): Promise<void>;
  stop(): Promise<void>;
}

const PORTS = 100;
const STOCK = 1_000_000_000n;
const preload = pathToFileURL(join(import.meta.dirname, 'code', 'preload.ts')).href;

export async function startBed(architecture: Architecture, plan: Plan, signal: AbortSignal): Promise<Bed> {
  const dataDir = join(testFolder(), `compare-${randomUUID().slice(0, 8)}`);
  const codeFolder = join(dataDir, 'code');
  const startedMs = performance.now();
  const servers: Record<string, string> = {};
  const system = await startSystem({
    dataDir,
    portBase: String(await freePorts(PORTS)),
    env: {
      ...surroundings(),
      ...architecture.env,
      ORDERLOG_LOG_LEVEL: 'error',
      ORDERLOG_BREAKER_HALF_OPEN_SECONDS: String(plan.breakerMs / 1_000),
      // What comes from Node's compile cache tells less exactly what of it ran.
      NODE_DISABLE_COMPILE_CACHE: '1',
      NODE_OPTIONS: `--import=${preload}`,
      COMPARE_CODE_FOLDER: codeFolder,
    },
    reporter: {
      ...silent,
      done(part, detail) {
        if (SERVERS.some((name) => name === part)) servers[part] = detail.replace(/,? process \d+/, '');
      },
    },
    signal,
  });
  const { addresses, sandboxAddress } = system;
  const clients = {
    orders: createClient(OrderServiceService, addresses.order),
    query: createClient(OrderQueryServiceService, addresses.gateway),
  };
  const bed: Bed = {
    architecture,
    plan,
    system,
    startSeconds: (performance.now() - startedMs) / 1_000,
    servers,
    ...clients,
    codeFolder,
    setProvider: (mode) => setProvider(sandboxAddress, mode),
    async stop() {
      for (const client of Object.values(clients)) client.close();
      await system.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await putItems(addresses.catalog);
    return bed;
  } catch (error) {
    await bed.stop();
    throw error;
  }
}

/** Settings and servers of whoever compares are none of what is compared. */
export const surroundings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ORDERLOG_')));

async function putItems(address: string): Promise<void> {
  const catalog = createClient(CatalogServiceService, address);
  try {
    for (const [n, sku] of [...ITEMS, SOLD_OUT].entries()) {
      const item = {
        requestId: randomUUID(),
        sku,
        name: sku.slice(sku.indexOf('-') + 1).toLowerCase(),
        unitPrice: { currencyCode: 'EUR', units: BigInt(n + 1), nanos: 500_000_000 },
        initialOnHand: sku === SOLD_OUT ? 0n : STOCK,
      };
      await answered(() => catalog.putItem(item));
    }
  } finally {
    catalog.close();
  }
}

async function setProvider(address: string, mode: 'none' | 'down'): Promise<void> {
  const response = await fetch(`http://${address}/v1/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode }),
  });
  if (!response.ok) throw new Error(`the sandbox answers ${response.status}`);
}
