/**
 * PostgreSQL: one pool per use, typed results, and errors sorted by what may be done about them.
 *
 * int8 is read as bigint. SQL is written with kysely's `sql` template and runs on a `Tx` (a transaction) or a
 * `Database` (a pool); both are kysely's QueryExecutorProvider, so that platform code needs to know no schema.
 */
import { Kysely, PostgresDialect, type QueryExecutorProvider, sql } from 'kysely';
import pg from 'pg';
import { DatabaseBehind } from './log/logMismatch.ts';
import { PREPARED_OPTIONS, preparing } from './preparedStatements.ts';

/** Runs SQL: a transaction or a pool. */
export type Tx = QueryExecutorProvider;
/** A pool. */
export type Database = Kysely<unknown>;

/** Statements run in it in turn. */
export class Transaction implements Tx {
  readonly #connection: Tx;

  /** `connection`: one, on which a transaction has begun. */
  constructor(connection: Tx) {
    this.#connection = connection;
  }

  getExecutor(): ReturnType<Tx['getExecutor']> {
    return this.#connection.getExecutor();
  }
}

/** For the way to a server that keeps to the bounds it was given. */
const ANSWER_MARGIN_MS = 5_000;

const INT8_OID = 20;
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID && format !== 'binary'
      ? BigInt
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly maxConnections: number;
  /** How long to wait for a connection, from the pool and to the server. */
  readonly connectTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** After so long without an answer the server is taken to be gone; by itself: after all that it may take. */
  readonly answerTimeoutMs?: number;
  /** For the same few statements again and again (preparedStatements.ts). */
  readonly prepare?: boolean;
  /** Given what counts the pool's connections. */
  readonly onPool?: (counts: () => PoolCounts) => void;
  /** Told of connections that broke while idle; the pool replaces them. */
  readonly onIdleError?: (error: Error) => void;
  /** Asked about each new connection before anybody gets it; what it throws is thrown to whoever wanted it. */
  readonly verify?: (connection: pg.PoolClient) => Promise<void>;
}

/** Connections of a pool. */
export interface PoolCounts {
  readonly total: number;
  readonly idle: number;
  readonly max: number;
  /** Work that waits for one. */
  readonly waiting: number;
}

/** Opens a pool; no connection is made before the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const { statementTimeoutMs = 15_000 } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    lock_timeout: options.lockTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 30_000,
    // A host that vanishes says nothing, and what was sent to it is sent again by the system for a quarter of an hour: the
    // connection is given up instead. Twice, since a statement may stand behind another one.
    query_timeout: options.answerTimeoutMs ?? 2 * statementTimeoutMs + ANSWER_MARGIN_MS,
    keepAlive: true,
    // Not the system's two hours: that it is gone is noticed where nothing is waited for, too.
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    types,
    ...(options.prepare && { options: PREPARED_OPTIONS }),
    ...(options.verify && { verify: verifier(options.verify) }),
  });
  options.onPool?.(() => ({
    total: pool.totalCount,
    idle: pool.idleCount,
    max: options.maxConnections,
    waiting: pool.waitingCount,
  }));
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  // Nor does the pool listen to connections that are in use: one that breaks between two statements of a transaction would
  // end the process too. The next statement fails with what happened.
  pool.on('connect', (client) => client.on('error', ignoreAfterFirstError));
  return new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: options.prepare ? preparing(pool) : pool }),
  });
}

const verifier =
  (verify: (connection: pg.PoolClient) => Promise<void>) =>
  (client: pg.PoolClient, done: (error?: Error) => void): void =>
    void verify(client).then(() => done(), done);

/** A COMMIT went out and no answer came: the work may be done or not. Try the same again; its records will tell. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the answer to COMMIT was lost', { cause });
    this.name = 'CommitUnknown';
  }
}

/**
 * Runs `work` in one READ COMMITTED transaction. Throws what `work` or COMMIT threw, after ROLLBACK; throws
 * CommitUnknown if COMMIT was not answered, or by a server that is going down.
 *
 * The statements of `opening` go out together with BEGIN, before `work` begins. They may read and lock, and must change nothing:
 * were BEGIN refused, they would stand by themselves.
 */
export const transact = <T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  opening: (tx: Tx) => readonly Promise<unknown>[] = () => [],
): Promise<T> =>
  db.connection().execute(async (connection) => {
    let result: T;
    try {
      await together(connection, (at) => [
        sql`begin isolation level read committed`.execute(at),
        ...opening(at),
      ]);
      result = await work(new Transaction(connection));
    } catch (error) {
      await rollBack(connection);
      throw error;
    }
    try {
      await sql`commit`.execute(connection);
    } catch (error) {
      await rollBack(connection);
      const isAnswer = error instanceof pg.DatabaseError && !isConnectionError(error);
      throw isAnswer ? error : new CommitUnknown(error);
    }
    return result;
  });

/**
 * Statements of a transaction that go out together, in the order in which they are issued, instead of each after the answer
 * to the one before it: none may need what another brings. Settles when all have; throws what the first that failed threw.
 */
export function together<T extends readonly unknown[]>(
  tx: Tx,
  issue: (tx: Tx) => { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const inTurn = tx.getExecutor();
  return inTurn.provideConnection(async (connection) => {
    const atOnce = inTurn.withConnectionProvider({ provideConnection: (use) => use(connection) });
    const settled = await Promise.allSettled(issue({ getExecutor: () => atOnce }));
    const failures = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    // What comes behind a statement that failed only tells that one has.
    if (failures.length > 0)
      throw failures.find((error) => sqlState(error) !== IN_FAILED_TRANSACTION) ?? failures[0];
    return settled.map((result) =>
      result.status === 'fulfilled' ? result.value : undefined,
    ) as unknown as T;
  });
}

/** A transaction that lasts until it is ended. */
export interface Snapshot {
  readonly tx: Transaction;
  /** Never throws. Gives the connection back. */
  end(): Promise<void>;
}

/** A REPEATABLE READ, READ ONLY transaction: all that is read in it is of one moment. */
export async function beginSnapshot(db: Database): Promise<Snapshot> {
  const begun = Promise.withResolvers<Transaction>();
  const over = Promise.withResolvers<void>();
  const ended = db
    .connection()
    .execute(async (connection) => {
      await sql`begin isolation level repeatable read read only`.execute(connection);
      begun.resolve(new Transaction(connection));
      await over.promise;
      // There is nothing to commit.
      await rollBack(connection);
    })
    .catch(begun.reject);
  return {
    tx: await begun.promise,
    end() {
      over.resolve();
      return ended;
    },
  };
}

/** Runs `read` in one snapshot. */
export async function inSnapshot<T>(db: Database, read: (tx: Transaction) => Promise<T>): Promise<T> {
  const { tx, end } = await beginSnapshot(db);
  try {
    return await read(tx);
  } finally {
    await end();
  }
}

/** Never throws: a connection that is gone has rolled back by itself, and the first error is the one that tells. */
async function rollBack(connection: Tx): Promise<void> {
  await sql`rollback`.execute(connection).catch(ignoreAfterFirstError);
}

const ignoreAfterFirstError = (): void => undefined;

const IN_FAILED_TRANSACTION = '25P02';

const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** unique_violation: somebody else inserted the row first. */
export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505';

/** Others changed what was read, though the server has nothing against it. */
export class Contention extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Contention';
  }
}

/** Lost against others, and worth another try at once: serialization, deadlock, lock timeout. */
export const isContention = (error: unknown): boolean =>
  error instanceof Contention || ['40001', '40P01', '55P03'].includes(sqlState(error) ?? '');

/** It took longer than a statement may (or somebody ended it). */
export const isStatementTimeout = (error: unknown): boolean => sqlState(error) === '57014';

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The server answers, and refuses us: no such database, or no such role, password or right to connect. */
export const isRefusal = (error: unknown): boolean => /^(28|3D)/.test(sqlState(error) ?? '');

/** The server cannot be reached, is starting, refuses connections, or ended this one. */
export function isConnectionError(error: unknown): boolean {
  const code = sqlState(error) ?? '';
  if (NETWORK_CODES.has(code) || /^(08|57P0)/.test(code) || isRefusal(error)) return true;
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|^Query read timeout$|timeout exceeded when trying to connect|^timeout expired$|Client has encountered a connection error|not queryable|not currently accepting connections/i.test(
    message,
  );
}

/** The server cannot work now, whatever the command: wait, say so, try again. Never the command's own fault. */
export function isInfrastructureError(error: unknown): boolean {
  const code = sqlState(error) ?? '';
  // 53: out of resources (disk full, too many connections); 58: I/O error; 25006: read only; 57014: cancelled (timeout).
  return (
    error instanceof CommitUnknown ||
    error instanceof DatabaseBehind ||
    isConnectionError(error) ||
    /^(53|58)/.test(code) ||
    isStatementTimeout(error) ||
    ['25006', '25P03'].includes(code)
  );
}
