/** What keeps an order waiting, as far as it is seen now: on the way of each event that it waits for, and where its work is done. */
import { shortName } from '../../../platform/events.ts';
import { partitionOf } from '../../../platform/ids.ts';
import type { Delivery } from '../../../platform/saga/waits.ts';
import type { ParkedEvent } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { Hindrance, HindranceKind } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { deadlineActs } from './deadlineActs.ts';
import { answerIn, failureIn, isYoungAt, type Look, type ServiceLook } from './look.ts';
import type { OpenCall } from './openCalls.ts';
import { providerHindrances } from './providerHindrances.ts';
import { type Standing, streamOfService } from './standing.ts';
import { serviceText, timeText } from './words.ts';

export function hindrancesOf(standing: Standing, look: Look): readonly Hindrance[] {
  const { waits } = standing;
  const involved = new Set(
    waits.flatMap(({ delivery, step, kind }) =>
      delivery ? [delivery.from, delivery.to] : kind === 'NEWS' ? [] : [step.service],
    ),
  );
  const deliveries = waits.flatMap(({ delivery }) => delivery ?? []);
  const found = [
    ...providerHindrances(standing, look),
    ...[...look.services].flatMap(([service, seen]) => parkedIn(service, seen)),
    ...[...involved].flatMap((service) => unwell(service, look.services.get(service))),
    ...deliveries.flatMap((delivery) => onTheWay(standing, delivery, look)),
    ...(answerIn(look.openCalls) ?? []).flatMap((call) => unanswered(standing, call)),
    ...deadlineHeld(standing, look),
  ];
  const texts = new Set<string>();
  const isNew = ({ text }: Hindrance) => !texts.has(text) && texts.add(text);
  return found.filter(isNew);
}

const hindrance = (kind: HindranceKind, service: string, text: string, sinceTime?: Date): Hindrance =>
  Hindrance.fromPartial({ kind, service, text, sinceTime });

function unwell(service: string, seen: ServiceLook | undefined): readonly Hindrance[] {
  const kind = HindranceKind.HINDRANCE_KIND_SERVICE_DOWN;
  const failure = failureIn(seen?.health);
  if (failure !== undefined)
    return [hindrance(kind, service, `${serviceText(service)} does not answer (${failure})`)];
  const health = answerIn(seen?.health);
  if (!health || (health.serves && health.missing.length === 0)) return [];
  const why = health.missing.length > 0 ? `: it cannot use ${health.missing.join(' and ')}` : '';
  const what = health.serves ? 'does not work in full now' : 'does not serve now';
  return [hindrance(kind, service, `${serviceText(service)} ${what}${why}`)];
}

const parkedIn = (service: string, seen: ServiceLook): readonly Hindrance[] =>
  (answerIn(seen.parked) ?? [])
    .filter(({ ahead }) => ahead === 0)
    .map((event) =>
      hindrance(
        HindranceKind.HINDRANCE_KIND_PARKED_EVENT,
        service,
        parkedText(service, event),
        event.parkTime,
      ),
    );

function parkedText(
  service: string,
  { type, stream, sequence, error, attempts, waiting }: ParkedEvent,
): string {
  const what = `${serviceText(service)} could not handle ${shortName(type)} (${stream} ${sequence}) and has parked it`;
  const tried = attempts === 1 ? 'tried once' : `tried ${attempts} times`;
  const behind =
    waiting === 0 ? '' : `; ${counted(waiting, 'later event')} about the order must wait behind it`;
  return `${what} (${tried}${error === '' ? '' : `: ${error}`})${behind}`;
}

const counted = (count: number | bigint, what: string): string =>
  `${count} ${what}${BigInt(count) === 1n ? '' : 's'}`;

function unanswered({ time }: Standing, { service, task }: OpenCall): readonly Hindrance[] {
  const { createdAt, attempts, nextAttemptAt, error } = task;
  if (attempts < 2 && error === undefined && isYoungAt(time, createdAt)) return [];
  const often = `${attempts} ${attempts === 1 ? 'call' : 'calls'} to ${serviceText(service)} since ${timeText(createdAt)}`;
  const why = error === undefined ? '' : ` (${error})`;
  const again = nextAttemptAt ? `it is called again at ${timeText(nextAttemptAt)}` : 'it is being called now';
  const text = `${often} without an answer${why}; ${again}`;
  return [
    Hindrance.fromPartial({
      kind: HindranceKind.HINDRANCE_KIND_CALL,
      service,
      text,
      sinceTime: createdAt,
      nextAttemptTime: nextAttemptAt,
    }),
  ];
}

/** Between commit and log, and between log and reader. */
function onTheWay(
  { time, order }: Standing,
  { event, from, to }: Delivery,
  look: Look,
): readonly Hindrance[] {
  const isYoung = event.time !== undefined && isYoungAt(time, event.time);
  const relay = relayOf(from, look.services.get(from), event.time, isYoung);
  const consumer = consumerOf({ from, to }, look.services.get(to), order.context.orderId, isYoung);
  return [...relay, ...consumer];
}

function relayOf(
  from: string,
  seen: ServiceLook | undefined,
  eventTime: Date | undefined,
  isYoung: boolean,
): readonly Hindrance[] {
  const kind = HindranceKind.HINDRANCE_KIND_RELAY;
  const relay = answerIn(seen?.relay);
  if (!relay || relay.outboxDepth === 0n) return [];
  const { outboxDepth, oldestTime, error } = relay;
  if (isYoung || (eventTime && oldestTime && oldestTime > eventTime)) return [];
  const since = oldestTime ? `, the oldest since ${timeText(oldestTime)}` : '';
  const why = error === '' ? '' : `: ${error}`;
  const text = `${serviceText(from)} has ${counted(outboxDepth, 'event')} that it could not publish yet${since}${why}`;
  return [hindrance(kind, from, text, oldestTime)];
}

function consumerOf(
  { from, to }: Pick<Delivery, 'from' | 'to'>,
  seen: ServiceLook | undefined,
  orderId: string,
  isYoung: boolean,
): readonly Hindrance[] {
  const stream = streamOfService(from);
  const partition = partitionOf(orderId);
  const range = answerIn(seen?.consumers)?.find(
    (each) => each.stream === stream && each.firstPartition <= partition && partition <= each.lastPartition,
  );
  if (!range) return [];
  const of = (text: string) => [hindrance(HindranceKind.HINDRANCE_KIND_CONSUMER, to, text)];
  const reads = `${serviceText(to)} does not read the events of ${serviceText(from)} now`;
  if (range.error !== '') return of(`${reads}: ${range.error}`);
  if (range.ownerId === '') return of(`${reads}: none of its processes has taken it up`);
  const unread = range.streamLastSequence - range.sequence;
  if (isYoung || unread <= 0n) return [];
  return of(`${serviceText(to)} has ${counted(unread, 'event')} of ${serviceText(from)} still to read`);
}

/** Past the deadline, an order is cancelled only when all that happened until then is known. */
function deadlineHeld({ order, time }: Standing, look: Look): readonly Hindrance[] {
  const { deadline } = order.context;
  if (!deadline || deadline > time || !deadlineActs(order, time)) return [];
  const waitingFor = answerIn(look.timers)?.waitingFor ?? '';
  const why = waitingFor === '' ? 'that takes a few seconds' : `it waits for ${waitingFor}`;
  const text = `the deadline has passed, and acts as soon as all that happened until then is known: ${why}`;
  return [hindrance(HindranceKind.HINDRANCE_KIND_DEADLINE_HELD, 'order', text, deadline)];
}
