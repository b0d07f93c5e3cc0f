/** The analytics that this gateway reads, if there are any. */
import { openDatabase, type PoolCounts } from '../platform/database.ts';
import type { Lifecycle } from '../platform/lifecycle.ts';
import { openSalesModel, type SalesModel } from './queries/salesModel.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** As long as any read may take. */
const STATEMENT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 6_000;
/** For summaries and the waits for them: each is short. */
const CONNECTIONS = 8;

/** `where` is the database's URL, of a role that may read it; undefined: there are no analytics here. `onPool`: given what counts its connections. */
export function openAnalytics(
  where: string | undefined,
  { logger, onStop }: Pick<Lifecycle, 'logger' | 'onStop'>,
  onPool: (pool: string, counts: () => PoolCounts) => void,
): SalesModel | undefined {
  if (where === undefined) return undefined;
  const db = openDatabase({
    url: where,
    applicationName: 'orderlog-gateway',
    maxConnections: CONNECTIONS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    onPool: (counts) => onPool('analytics', counts),
    onIdleError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
  });
  onStop('the analytics pool', () => db.destroy());
  return openSalesModel(db);
}
