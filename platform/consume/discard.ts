/**
 * Gives the head of a parked queue up: out of the queue and into parked_discards, in one transaction, with who and why.
 *
 * What the saga cannot do without is never given up. Its definition, the options on the event messages, tells: a pivot, a
 * step that must succeed in the end (RETRYABLE: cancelling, refunding and returning among them), a compensation, and the
 * ends. Nor is a type that the contract lacks: nobody knows what it means.
 */
import { getOption, hasOption, toBinary } from '@bufbuild/protobuf';
import { sql } from 'kysely';
import { SagaBoundary, SagaEventOptions, StepKind, StepRole } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type Database, type Transaction, transact } from '../database.ts';
import { OrderlogError } from '../errors.ts';
import { descriptors } from '../grpc/descriptors.ts';
import { lockQueue, readQueueIds, removeFromQueue } from './parkedQueue.ts';
import { type ParkedEvent, type ParkedRow, parkedColumns, toParkedEvent } from './parkedRow.ts';

export interface DiscardRequest {
  readonly parkedId: string;
  readonly reason: string;
  readonly operatorId: string;
}

/** Discards the event and returns it; again, if the same operator has done so for the same reason. Throws OrderlogError. */
export function discardParked(db: Database, request: DiscardRequest): Promise<ParkedEvent> {
  return transact(db, async (tx) => {
    const event = (await findParked(tx, request.parkedId)) ?? (await findDiscarded(tx, request));
    if ('discarded' in event) return event.discarded;
    const key = {
      consumer: event.consumer,
      stream: event.message.stream,
      aggregateId: event.message.streamId,
    };
    const [head] = (await lockQueue(tx, key)) ? await readQueueIds(tx, key, 1) : [];
    // Replayed or discarded while this waited for the lock.
    if (!(await findParked(tx, request.parkedId))) return (await findDiscarded(tx, request)).discarded;
    if (head !== event.parkedId) throw notNext(event, head);
    refuseIfNeeded(event);
    await sql`
      insert into parked_discards (${parkedColumns}, reason, operator_id, discarded_at)
      select ${parkedColumns}, ${request.reason}, ${request.operatorId}, clock_timestamp()
      from parked_events where parked_id = ${event.parkedId}`.execute(tx);
    await removeFromQueue(tx, key, [event.parkedId]);
    return event;
  });
}

async function findParked(tx: Transaction, parkedId: string): Promise<ParkedEvent | undefined> {
  const { rows } = await sql<ParkedRow>`
    select ${parkedColumns} from parked_events where parked_id = ${parkedId}`.execute(tx);
  return rows[0] && toParkedEvent(rows[0]);
}

/** Throws if it is not there, or was discarded by somebody else or for another reason. */
async function findDiscarded(
  tx: Transaction,
  { parkedId, reason, operatorId }: DiscardRequest,
): Promise<{ readonly discarded: ParkedEvent }> {
  const { rows } = await sql<ParkedRow & { reason: string; operator_id: string; discarded_at: Date }>`
    select * from parked_discards where parked_id = ${parkedId}`.execute(tx);
  const [row] = rows;
  if (!row) {
    const message = `no parked event ${parkedId}: it was replayed, or never parked here`;
    throw new OrderlogError('NOT_FOUND', 'PARKED_EVENT_UNKNOWN', message);
  }
  if (row.reason !== reason || row.operator_id !== operatorId) {
    const message = `${row.operator_id} has discarded ${parkedId} at ${row.discarded_at.toISOString()}: ${row.reason}`;
    throw new OrderlogError('FAILED_PRECONDITION', 'PARKED_EVENT_DISCARDED', message);
  }
  return { discarded: toParkedEvent(row) };
}

function notNext({ parkedId }: ParkedEvent, head: string | undefined): OrderlogError {
  const message = `${parkedId} waits behind ${head}: replay or discard that one first`;
  return new OrderlogError('FAILED_PRECONDITION', 'PARKED_EVENT_WAITS', message);
}

function refuseIfNeeded({ parkedId, message: { type } }: ParkedEvent): void {
  const why = whyNeeded(type);
  if (why === undefined) return;
  const message = `${parkedId} cannot be discarded: ${type} is ${why}. Mend what fails on it, then replay it`;
  throw new OrderlogError('FAILED_PRECONDITION', 'PARKED_EVENT_NEEDED', message);
}

const SAGA_EXTENSION = 'orderlog.saga.v1.event';

/** Why events of this type are never given up; undefined: they may be. */
export function whyNeeded(type: string): string | undefined {
  const { registry } = descriptors();
  const message = registry.getMessage(type);
  if (!message) return 'of a type that this version does not know';
  const extension = registry.getExtension(SAGA_EXTENSION);
  if (!extension?.message || !hasOption(message, extension)) return undefined;
  const bytes = toBinary(extension.message, getOption(message, extension) as never);
  const { saga, kind, role, boundary } = SagaEventOptions.decode(bytes);
  if (boundary === SagaBoundary.SAGA_BOUNDARY_COMPLETE || boundary === SagaBoundary.SAGA_BOUNDARY_ROLLBACK) {
    return `an end of the saga ${saga}`;
  }
  if (role === StepRole.STEP_ROLE_COMPENSATED || role === StepRole.STEP_ROLE_COMPENSATION_REQUESTED) {
    return `a compensation of the saga ${saga}`;
  }
  if (kind === StepKind.STEP_KIND_PIVOT) return `the pivot of the saga ${saga}`;
  if (kind === StepKind.STEP_KIND_RETRYABLE) return `a step of the saga ${saga} that must succeed in the end`;
  return undefined;
}
