/** The services whose database and log can be made again from one another. A new service is a new row. */
import { fileURLToPath } from 'node:url';
import type { AnyEvent } from '../../platform/events.ts';
import type { LeaseTerm } from '../../platform/log/lease.ts';
import type { ServiceLog } from '../../platform/log/ownStream.ts';
import type { MigrationSource } from '../../platform/migrate.ts';
import { bringUp } from '../../platform/recovery/bringUp.ts';
import type { Replayable } from '../../platform/recovery/replay.ts';
import type { OnProgress } from '../../platform/recovery/survey.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';
import { catalogReplay } from '../../services/catalog/recovery.ts';
import { orderReplay } from '../../services/order/recovery.ts';
import { paymentReplay } from '../../services/payment/recovery.ts';
import type { DatabaseName } from '../localSystem.ts';

export interface RecoverableService {
  readonly name: DatabaseName;
  readonly stream: { readonly name: string; readonly subjectPrefix: string };
  readonly migrations: readonly MigrationSource[];
  /** Brings its database up to its log; returns how many events were appended. */
  bringUp(log: ServiceLog, lease: LeaseTerm, onProgress: OnProgress): Promise<number>;
}

const folder = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const service = <S, C, E extends AnyEvent>(
  name: DatabaseName,
  stream: RecoverableService['stream'],
  replayable: Replayable<S, C, E>,
): RecoverableService => ({
  name,
  stream,
  migrations: [
    { scope: 'platform', folder: folder('platform/sql') },
    { scope: name, folder: folder(`services/${name}/sql`) },
  ],
  bringUp: (log, lease, onProgress) => bringUp(log, lease, replayable, onProgress),
});

export const recoverable: readonly RecoverableService[] = [
  service('order', ORDERS, orderReplay),
  service('catalog', CATALOG, catalogReplay),
  service('payment', PAYMENTS, paymentReplay),
];
