/**
 * One service: what is wrong between its database and its log, and, if it is wished, mends it. Looking changes nothing.
 *
 * Errors: OrderlogError (LogMismatch among them), whose message says what to do.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { LogMismatch } from '../../platform/log/logMismatch.ts';
import { checkLog } from '../../platform/log/reconcile.ts';
import { readRelayRecord } from '../../platform/log/relayRecord.ts';
import { streamIdentity } from '../../platform/log/stream.ts';
import { checkRemains } from '../../platform/recovery/remains.ts';
import {
  lastSequenceOf,
  planRepublication,
  readRepublication,
} from '../../platform/recovery/republication.ts';
import { republish } from '../../platform/recovery/republish.ts';
import { type OnProgress, surveyLog } from '../../platform/recovery/survey.ts';
import { beginAllTasks } from '../../platform/recovery/tasks.ts';
import { withRelayLease } from './lease.ts';
import type { OpenService } from './open.ts';
import type { RecoverableService } from './services.ts';
import { matched, mended, planned, republished, surveyed } from './text.ts';

export interface Wish {
  /** The log from the database; else the database from the log. */
  readonly republish: boolean;
  /** Do it; else only say what would be done. */
  readonly yes: boolean;
}

export interface Screen {
  say(text: string): void;
  /** A bar for one step; call what it returns when the step is over. */
  bar(what: string): { readonly onProgress: OnProgress; end(): void };
}

/** Whether something is left to be done. */
export async function recoverService(
  service: RecoverableService,
  log: OpenService,
  wish: Wish,
  screen: Screen,
): Promise<boolean> {
  const underWay = await readRepublication(log.db, log.spec.name);
  if (underWay && !wish.republish) throw unfinished(service.name);
  const mismatch = underWay ? undefined : await lookForMismatch(log);
  if (!underWay && !mismatch) return leaveAlone(service, log, wish, screen);
  if (mismatch) screen.say(`${service.name}: ${mismatch.message}`);
  return wish.republish
    ? republishLog(service, log, wish, screen)
    : bringDatabaseUp(service, log, wish, screen);
}

async function lookForMismatch(log: OpenService): Promise<LogMismatch | undefined> {
  try {
    await checkLog(log);
    return undefined;
  } catch (error) {
    if (error instanceof LogMismatch) return error;
    throw error;
  }
}

/** Nothing to mend; but after a backup was restored, tasks may have been begun in the history that was lost. */
async function leaveAlone(
  { name }: RecoverableService,
  log: OpenService,
  { republish: wanted, yes }: Wish,
  screen: Screen,
): Promise<boolean> {
  if (yes && !wanted) await beginAllTasks(log.db);
  screen.say(matched(name, log.spec.name));
  return false;
}

async function bringDatabaseUp(
  service: RecoverableService,
  log: OpenService,
  { yes }: Wish,
  screen: Screen,
): Promise<boolean> {
  const survey = await step(screen, `${service.name}: reading the log`, (onProgress) =>
    surveyLog(log, onProgress),
  );
  screen.say(surveyed(service.name, log.spec.name, survey));
  if (!yes) return true;
  const appended = await step(screen, `${service.name}: bringing up`, (onProgress) =>
    withRelayLease(log, (lease) => service.bringUp(log, lease, onProgress)),
  );
  screen.say(mended(service.name, appended));
  return false;
}

async function republishLog(
  service: RecoverableService,
  log: OpenService,
  { yes }: Wish,
  screen: Screen,
): Promise<boolean> {
  const { name } = log.spec;
  if (!(await readRepublication(log.db, name))) {
    const record = await readRelayRecord(log.db, name);
    const old = await streamIdentity(log.connection, log.spec);
    if (old) {
      await step(screen, `${service.name}: comparing what is left`, (onProgress) =>
        checkRemains(log, old, onProgress),
      );
    }
    if (record) screen.say(planned(name, await planRepublication(log.db, record, old), old));
  } else {
    screen.say(
      `${service.name}: ${name} is being republished, and that was broken off: it goes on from there`,
    );
  }
  if (!yes) return true;
  const done = await step(screen, `${service.name}: republishing`, (onProgress) =>
    withRelayLease(log, (lease) => republish(log, lease, onProgress)),
  );
  screen.say(republished(name, done.epoch, done.firstSequence, lastSequenceOf(done)));
  return false;
}

async function step<T>(
  screen: Screen,
  what: string,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const bar = screen.bar(what);
  try {
    return await work(bar.onProgress);
  } finally {
    bar.end();
  }
}

const unfinished = (service: string): OrderlogError =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'REPUBLICATION_UNFINISHED',
    `${service}: its log is being republished, and that was broken off: go on with \`orderlog recover ${service} --republish --yes\``,
  );
