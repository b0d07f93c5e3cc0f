/** What an audit looks at, for tests: empty databases with their schemas, and a log without streams. */
import { migrateDatabase, type Name } from '../migrate/migrate.ts';
import { freshDatabase, testNats } from '../servers/testing.ts';
import type { Addresses } from './sources.ts';

export interface AuditBed {
  readonly addresses: Addresses & { readonly analytics: string };
  stop(): Promise<void>;
}

export async function startAuditBed(): Promise<AuditBed> {
  const nats = await testNats();
  const migrated = async (name: Name) => {
    const database = await freshDatabase(name);
    const role = new URL(database.url).username;
    await migrateDatabase(name, { db: database.url, role, reader: role }, {}, () => undefined);
    return database;
  };
  const [order, catalog, payment, analytics] = await Promise.all([
    migrated('order'),
    migrated('catalog'),
    migrated('payment'),
    migrated('analytics'),
  ]);
  return {
    addresses: {
      databases: { order: order.url, catalog: catalog.url, payment: payment.url },
      analytics: analytics.url,
      nats: nats.url,
    },
    async stop() {
      await Promise.all([order, catalog, payment, analytics].map((database) => database.drop()));
      await nats.stop();
    },
  };
}
