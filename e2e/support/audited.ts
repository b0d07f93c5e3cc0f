/** A system of one's own to plant faults in, and what its audit says of it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type AuditResult, audit } from '../../cli/audit/engine.ts';
import type { Invariant } from '../../cli/audit/invariant.ts';
import { invariants } from '../../cli/audit/invariants/index.ts';
import type { Service } from '../../cli/audit/snapshot.ts';
import { openSources, type Sources } from '../../cli/audit/sources.ts';
import { freePorts } from '../../cli/servers/ports.ts';
import { testFolder } from '../../cli/servers/testing.ts';
import { silent } from '../../cli/start/reporter.ts';
import { type System, startSystem } from '../../cli/start/system.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { PaymentServiceService } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';

const PORTS = 100;

/** What is damaged, one after the other. */
export interface Victims {
  /** A completed order, one that was rejected, and one that was completed and refunded. */
  readonly completed: string;
  readonly rejected: string;
  readonly refunded: string;
  /** An order that waits for the provider. */
  readonly open: string;
  /** An item that was sold, and whose last event is an adjustment. */
  readonly sku: string;
}

export interface Audited {
  readonly system: System;
  readonly dataDir: string;
  readonly portBase: string;
  readonly sources: Sources;
  readonly orders: GrpcClient<typeof OrderServiceService>;
  readonly catalog: GrpcClient<typeof CatalogServiceService>;
  readonly payment: GrpcClient<typeof PaymentServiceService>;
  stop(): Promise<void>;
}

export async function startAudited(): Promise<Audited> {
  const portBase = String(await freePorts(PORTS));
  const dataDir = join(testFolder(), 'audited');
  const system = await startSystem({ dataDir, portBase, env: process.env, reporter: silent });
  const { addresses, urls, sandboxAddress } = system;
  const urlOf = (service: Service) => urls.databases.get(service)?.url ?? '';
  const sources = await openSources({
    // As each service itself: an audit needs no more.
    databases: { order: urlOf('order'), catalog: urlOf('catalog'), payment: urlOf('payment') },
    nats: urls.nats,
    elasticsearch: urls.elasticsearch,
    analytics: urls.databases.get('analytics')?.url ?? '',
    provider: `http://${sandboxAddress}`,
  });
  const clients = {
    orders: createClient(OrderServiceService, addresses.order),
    catalog: createClient(CatalogServiceService, addresses.catalog),
    payment: createClient(PaymentServiceService, addresses.payment),
  };
  return {
    system,
    dataDir,
    portBase,
    sources,
    ...clients,
    async stop() {
      for (const client of Object.values(clients)) client.close();
      await sources.close();
      await system.stop();
    },
  };
}

/** An audit at rest. What is planted does not settle, and need not be waited for. */
export const auditAtRest = (
  sources: Sources,
  more: { invariants?: readonly Invariant[]; quietWithinMs?: number } = {},
): Promise<AuditResult> =>
  audit(sources, { invariants, isAtRest: true, quietWithinMs: 0, secondLookAfterMs: 0, ...more });

/** What is broken, each kind once, in order: `invariant: message`. */
export const kindsOf = (findings: AuditResult['violations']): readonly string[] =>
  [...new Set(findings.map(({ invariant, message }) => `${invariant}: ${message}`))].sort();

/** Runs `orderlog` on that system. */
export function runCli(
  { dataDir, portBase }: Pick<Audited, 'dataDir' | 'portBase'>,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { ORDERLOG_DATA_DIR: _, ...env } = process.env;
  const own = { ...env, ORDERLOG_DATA_DIR: dataDir, ORDERLOG_PORT_BASE: portBase };
  return new Promise((resolve) => {
    execFile(process.execPath, ['cli/bin.js', ...args], { env: own }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}
