/** A service's PostgreSQL: what durability, append-only events and the present schema rest on. */
import { type Asked, type Finding, findingsOf, isReached } from '../finding.ts';
import { judgeClock } from './limits.ts';
import { isAtLeast } from './version.ts';

export interface DatabaseFacts {
  readonly version: string;
  /** As `show` says them; unset: not known. */
  readonly settings: {
    readonly fsync?: string;
    readonly synchronous_commit?: string;
    readonly full_page_writes?: string;
    readonly data_checksums?: string;
  };
  /** The database's clock less this machine's. */
  readonly skewMs: number;
  readonly isReplica: boolean;
  /** Those that follow; a backup that is being taken looks the same. */
  readonly standbys: {
    /** Known not to be waited for. */
    readonly asynchronous: number;
    /** Of which the service's role sees no more than that they are there. */
    readonly unseen: number;
    /** Whether commits wait for any (synchronous_standby_names). */
    readonly isAnyWaitedFor: boolean;
  };
  /** What the service's role may do to events beside adding to them, such as UPDATE. */
  readonly eventPrivileges: readonly string[];
  readonly isTriggerOn: boolean;
  readonly connections: { readonly used: number; readonly max: number };
  readonly outbox: { readonly rows: number; readonly oldestAgeMs?: number };
  /** What `orderlog dev poison` planted. */
  readonly isPoisoned: boolean;
  /** Files that are not applied, or were changed since; unset: not to be seen with this role. */
  readonly migrations?: { readonly pending: readonly string[]; readonly changed: readonly string[] };
}

const OLDEST = [15];
const OUTBOX_WARN_MS = 5_000;
const OUTBOX_FAIL_MS = 60_000;
const CONNECTIONS_WARN = 0.9;

/** What each setting must be, and what it is for. */
const SETTINGS = [
  ['fsync', ['on'], 'a power failure would lose or damage what was committed'],
  ['full_page_writes', ['on'], 'a power failure could tear pages beyond repair'],
  [
    'synchronous_commit',
    ['on', 'remote_write', 'remote_apply'],
    'orders that were answered could be lost in a crash',
  ],
] as const;

export function judgeDatabase(service: string, asked: Asked<DatabaseFacts>): readonly Finding[] {
  const of = findingsOf(`database ${service}`);
  if (!isReached(asked)) {
    const advice =
      'start PostgreSQL, or check its address, role and password; orders are refused until it is back';
    return [of.fail('reachable', asked.unreachable, advice)];
  }
  const { facts } = asked;
  return [
    isAtLeast(facts.version, OLDEST)
      ? of.ok('version', `PostgreSQL ${facts.version}`)
      : of.fail('version', `PostgreSQL ${facts.version}`, 'upgrade to PostgreSQL 15 or newer'),
    ...judgeSettings(service, facts),
    judgeStandbys(service, facts),
    judgeAppendOnly(service, facts),
    ...judgeMigrations(service, facts),
    judgeOutbox(service, facts),
    judgeConnections(service, facts),
    judgeClock(of, facts.skewMs),
    ...(facts.isPoisoned
      ? [of.warn('planted fault', 'orders of one customer fail on purpose', `orderlog dev cure ${service}`)]
      : []),
  ];
}

function judgeSettings(service: string, { settings }: DatabaseFacts): readonly Finding[] {
  const of = findingsOf(`database ${service}`);
  const required = SETTINGS.map(([name, good, why]) => {
    const value = settings[name];
    const found = value ?? 'not known';
    const isGood = good.some((each) => each === value);
    return isGood ? of.ok(name, found) : of.fail(name, found, `set ${name} = on: ${why}`);
  });
  const checksums = settings.data_checksums;
  const advice = 'stop PostgreSQL and run pg_checksums --enable: damage on the disk is noticed then';
  return [
    ...required,
    checksums === 'on'
      ? of.ok('data_checksums', 'on')
      : of.warn('data_checksums', checksums ?? 'not known', advice),
  ];
}

function judgeStandbys(service: string, { isReplica, standbys }: DatabaseFacts): Finding {
  const of = findingsOf(`database ${service}`);
  if (isReplica)
    return of.fail(
      'primary',
      'this is a standby',
      'give the address of the primary: a standby takes no orders',
    );
  const { asynchronous, unseen, isAnyWaitedFor } = standbys;
  const missing = 'after a failover to an asynchronous standby, orders that were answered are missing';
  // Where commits wait for nobody, whoever follows is asynchronous, seen or not.
  const lagging = isAnyWaitedFor ? asynchronous : asynchronous + unseen;
  if (lagging > 0) {
    const found = `${lagging} asynchronous standby(s), unless a backup is being taken`;
    return of.fail('primary', found, `set synchronous_standby_names: ${missing}`);
  }
  if (unseen === 0) return of.ok('primary', 'no standby lags behind its answers');
  return of.warn(
    'primary',
    `${unseen} standby(s), of which its role cannot see whether commits wait for them`,
    `grant pg_monitor to the role that the service runs as: ${missing}`,
  );
}

function judgeAppendOnly(service: string, { eventPrivileges, isTriggerOn }: DatabaseFacts): Finding {
  const of = findingsOf(`database ${service}`);
  if (eventPrivileges.length > 0) {
    const may = eventPrivileges.join(', ');
    return of.fail(
      'append-only',
      `its role may ${may} events`,
      `revoke ${may} on events from the role that the service runs as; its history must not be changed`,
    );
  }
  return isTriggerOn
    ? of.ok('append-only', 'by privilege and trigger')
    : of.fail(
        'append-only',
        'the trigger is missing or off',
        'alter table events enable trigger events_append_only: an owner could change history by mistake',
      );
}

function judgeMigrations(service: string, { migrations }: DatabaseFacts): readonly Finding[] {
  if (!migrations) return [];
  const of = findingsOf(`database ${service}`);
  const { pending, changed } = migrations;
  if (changed.length > 0) {
    const advice =
      'restore the files as they were released, and put changes into new ones: the service refuses to start';
    return [of.fail('migrations', `changed since they were applied: ${changed.join(', ')}`, advice)];
  }
  if (pending.length === 0) return [of.ok('migrations', 'current')];
  return [
    of.warn('migrations', `to come: ${pending.join(', ')}`, `start ${service} anew: it applies them first`),
  ];
}

function judgeOutbox(service: string, { outbox: { rows, oldestAgeMs = 0 } }: DatabaseFacts): Finding {
  const of = findingsOf(`database ${service}`);
  const age = `the oldest ${Math.round(oldestAgeMs / 1_000)} s old`;
  const found = rows === 0 ? 'empty' : `${rows} events, ${age}`;
  const advice = `see the log of ${service} and the findings of nats: its relay does not publish what is committed`;
  if (oldestAgeMs >= OUTBOX_FAIL_MS) return of.fail('outbox', found, advice);
  return oldestAgeMs >= OUTBOX_WARN_MS ? of.warn('outbox', found, advice) : of.ok('outbox', found);
}

function judgeConnections(service: string, { connections: { used, max } }: DatabaseFacts): Finding {
  const of = findingsOf(`database ${service}`);
  const found = `${used} of ${max}`;
  return used < max * CONNECTIONS_WARN
    ? of.ok('connections', found)
    : of.warn(
        'connections',
        found,
        'raise max_connections, or lower ORDERLOG_DATABASE_CONNECTIONS of the services',
      );
}
