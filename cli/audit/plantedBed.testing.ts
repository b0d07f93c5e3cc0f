/** Databases and a log of one's own, to plant in what the services would never leave there, and what an audit finds of it. */
import { transact } from '../../platform/database.ts';
import type { StoredEvent } from '../../platform/events.ts';
import { appendPublished } from '../../platform/recovery/bringUp.ts';
import { withClient } from '../servers/serviceDatabase.ts';
import { startAuditBed } from './auditBed.testing.ts';
import { audit } from './engine.ts';
import type { Invariant } from './invariant.ts';
import type { Service } from './snapshot.ts';
import { openSources, type Sources } from './sources.ts';

export interface PlantedBed {
  readonly sources: Sources;
  run(database: Service | 'analytics', statement: string, ...values: readonly unknown[]): Promise<unknown>;
  /** As if they had been published. */
  append(service: Service, events: readonly StoredEvent[]): Promise<unknown>;
  /** What is broken at rest: `subject: message`. */
  found(invariant: Invariant): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function startPlantedBed(): Promise<PlantedBed> {
  const bed = await startAuditBed();
  const sources = await openSources(bed.addresses);
  const { databases, analytics } = bed.addresses;
  return {
    sources,
    run: (database, statement, ...values) =>
      withClient(database === 'analytics' ? analytics : databases[database], (client) =>
        client.query(statement, [...values]),
      ),
    append: (service, events) => transact(sources.databases[service], (tx) => appendPublished(tx, events)),
    async found(invariant) {
      const options = { isAtRest: true, quietWithinMs: 0, secondLookAfterMs: 0 };
      const { violations } = await audit(sources, { invariants: [invariant], ...options });
      return violations.map(({ subject, message }) => `${subject}: ${message}`);
    },
    async stop() {
      await sources.close();
      await bed.stop();
    },
  };
}
