/**
 * `orderlog parked replay`: one event, one aggregate, one kind or all. Before many are tried, one aggregate of each
 * consumer goes first: where it fails again, the fix is not there yet, and the others are left alone.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { shortName } from '../../platform/events.ts';
import {
  type ParkedEvent,
  ReplayParkedEventsRequest,
  type ReplayParkedEventsResponse,
} from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { complain } from '../complain.ts';
import { createProgress } from './progress.ts';
import { eachParked, findParked, type OpsOf } from './services.ts';

/** What one call tries: a second or so. */
const BATCH_EVENTS = 200;
const CALL_TIMEOUT_MS = 60_000;

type Selection = Partial<Pick<ReplayParkedEventsRequest, 'aggregateId' | 'type'>>;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const call = ({ ops }: OpsOf, request: Partial<ReplayParkedEventsRequest>) =>
  ops.replayParkedEvents(ReplayParkedEventsRequest.fromPartial(request), { timeoutMs: CALL_TIMEOUT_MS });

/** Tries one event, which must be the head of its queue. Returns the exit code. */
export async function replayOne(
  services: readonly OpsOf[],
  parkedId: string,
  json: boolean,
): Promise<number> {
  const { from, event } = await findParked(services, parkedId);
  const { consumer, aggregateId } = event;
  if (event.ahead > 0) {
    const message = `${parkedId} waits for ${event.ahead} before it: replay --aggregate ${aggregateId}`;
    throw new OrderlogError('FAILED_PRECONDITION', 'PARKED_EVENT_WAITS', message);
  }
  const done = await call(from, { consumer, aggregateId, maxEvents: 1 });
  if (json) return report({ ...done, first: done.error ? done : undefined }, json);
  if (done.failed > 0) return failedAgain(done);
  say(`replayed ${nameOf(event)}`);
  if (done.stillParked > 0) {
    say(`${done.stillParked} behind it: orderlog parked replay --aggregate ${aggregateId}`);
  }
  return 0;
}

/** Tries an aggregate's queues, in whatever consumers it has any. Returns the exit code. */
export async function replayAggregate(
  services: readonly OpsOf[],
  aggregateId: string,
  json: boolean,
): Promise<number> {
  let total = NOTHING;
  for (const from of services) {
    const consumers = new Set<string>();
    for await (const { consumer } of eachParked(from, { aggregateId, pageSize: 1_000 }))
      consumers.add(consumer);
    for (const consumer of consumers) total = sum(total, await inBatches(from, consumer, { aggregateId }));
  }
  if (total.consumers === 0) {
    const names = services.map(({ service }) => service).join(', ');
    const message = `nothing of ${aggregateId} is parked in ${names}`;
    throw new OrderlogError('NOT_FOUND', 'NOTHING_PARKED', message);
  }
  return report(total, json);
}

/** Tries all of one type (a full name), or all there are. Returns the exit code. */
export async function replayMany(
  services: readonly OpsOf[],
  { type = '', canary, json }: { readonly type?: string; readonly canary: boolean; readonly json: boolean },
): Promise<number> {
  let total = NOTHING;
  for (const from of services) {
    const { ranges } = await from.ops.getConsumerStatus({});
    for (const consumer of new Set(ranges.map((range) => range.consumer))) {
      const head = await firstHead(from, consumer, type);
      if (!head) continue;
      if (canary) {
        const tried = await inBatches(from, consumer, { aggregateId: head.aggregateId });
        total = sum(total, tried);
        if (tried.failed > 0) return canaryFailed(total, head, json);
        if (!json) say(`canary: ${nameOf(head)} and what waited behind it went well`);
      }
      total = sum(total, await inBatches(from, consumer, { type }));
    }
  }
  return report(total, json);
}

/** The first event of a type that is the next of its aggregate. */
async function firstHead(from: OpsOf, consumer: string, type: string): Promise<ParkedEvent | undefined> {
  for await (const event of eachParked(from, { consumer, type })) if (event.ahead === 0) return event;
  return undefined;
}

interface Counts {
  readonly replayed: number;
  readonly failed: number;
  readonly stillParked: number;
}

interface Total extends Counts {
  readonly consumers: number;
  readonly first: Pick<ReplayParkedEventsResponse, 'error' | 'failedParkedId'> | undefined;
}

const NOTHING: Total = { consumers: 0, replayed: 0, failed: 0, stillParked: 0, first: undefined };

const sum = (a: Total, b: Total): Total => ({
  consumers: a.consumers + b.consumers,
  replayed: a.replayed + b.replayed,
  failed: a.failed + b.failed,
  stillParked: a.stillParked + b.stillParked,
  first: a.first ?? b.first,
});

/** One consumer, batch by batch, with a line of progress. */
async function inBatches(from: OpsOf, consumer: string, selection: Selection): Promise<Total> {
  const progress = createProgress(process.stderr);
  let total: Total = { ...NOTHING, consumers: 1 };
  let pageToken = '';
  do {
    const done = await call(from, { consumer, ...selection, maxEvents: BATCH_EVENTS, pageToken });
    const { replayed, failed, stillParked, error } = done;
    const batch = { consumers: 0, replayed, failed, stillParked, first: error ? done : undefined };
    total = { ...sum(total, batch), stillParked };
    pageToken = done.nextPageToken;
    progress.update(`${consumer}: ${countsOf(total)}`);
  } while (pageToken !== '');
  progress.end();
  return total;
}

const countsOf = ({ replayed, failed, stillParked }: Counts): string =>
  `${replayed} replayed, ${failed} failed again, ${stillParked} still parked`;

const nameOf = ({ type, stream, sequence, aggregateId }: ParkedEvent): string =>
  `${shortName(type)} (${stream} ${sequence}) of ${aggregateId}`;

function report(total: Omit<Total, 'consumers'>, json: boolean): number {
  const { replayed, failed, stillParked, first } = total;
  if (json) {
    const failure = first && { error: first.error, failedParkedId: first.failedParkedId };
    say(JSON.stringify({ replayed, failed, stillParked, ...failure }));
  } else if (total.replayed + total.failed === 0) say('nothing to replay');
  else say(countsOf(total));
  return total.first ? failedAgain(total.first) : 0;
}

function failedAgain({ error, failedParkedId }: NonNullable<Total['first']>): number {
  complain(`orderlog: ${failedParkedId} failed again: ${error}\n`);
  return 1;
}

function canaryFailed(total: Total, head: ParkedEvent, json: boolean): number {
  const exit = report(total, json);
  complain(
    `stopped: the canary, ${nameOf(head)}, failed again; the others were not tried (--no-canary tries them all)\n`,
  );
  return exit;
}
