/**
 * The past of one saga: the events of all its services as one list, each after its cause. Services' clocks differ, so that
 * time alone does not tell.
 *
 * A service whose history is not to be had has its place all the same: what the owner has noted came of an event of it, and
 * the definition tells of which, where only one leads to that.
 */
import type { SagaDefinition } from './definition.ts';

/** Who says how it goes: the service in which the saga starts. */
export const ownerOf = ({ events, start }: SagaDefinition): string =>
  events.find(({ type }) => type === start.event)?.service ?? '';

export interface PastEvent {
  /** undefined: not known. */
  readonly eventId: string | undefined;
  /** Full name; undefined: not known. */
  readonly type: string | undefined;
  readonly service: string;
  /** undefined: not known. */
  readonly time: Date | undefined;
  /** Id of the event that brought it about. */
  readonly causeId: string | undefined;
  /** Whose event that is. */
  readonly causeService: string | undefined;
}

/** `histories`: a service each, in version order. */
export function mergePast(histories: readonly (readonly PastEvent[])[]): readonly PastEvent[] {
  const rest = histories.map((history) => [...history]);
  const missing = new Set(histories.flat().flatMap(({ eventId }) => eventId ?? []));
  const past: PastEvent[] = [];
  for (;;) {
    const heads = rest.flatMap((history) => history[0] ?? []).sort(byTime);
    const next = heads.find(({ causeId }) => causeId === undefined || !missing.has(causeId)) ?? heads[0];
    if (!next) return past;
    rest.find(([head]) => head === next)?.shift();
    if (next.eventId !== undefined) missing.delete(next.eventId);
    past.push(next);
  }
}

/** What has no time comes as soon as it may: it is before what came of it, in the same history. */
const byTime = (a: PastEvent, b: PastEvent): number => (a.time?.getTime() ?? 0) - (b.time?.getTime() ?? 0);

/** The owner's history, and before each of its events what that came of in services whose own history is missing. */
export function withInferred(
  definition: SagaDefinition,
  own: readonly PastEvent[],
  missing: readonly string[],
): readonly PastEvent[] {
  const past: PastEvent[] = [];
  const isThere = (inferred: PastEvent) =>
    past.some(({ eventId, type, service }) =>
      inferred.eventId === undefined
        ? type === inferred.type && service === inferred.service
        : eventId === inferred.eventId,
    );
  for (const event of own) {
    const inferred = missing.flatMap((service) => inferredFrom(definition, own, event, service));
    past.push(...inferred.filter((each) => !isThere(each)), event);
  }
  return past;
}

/** What an event of the owner came of in a service: as it names its cause, or as the definition alone tells. */
function inferredFrom(
  { events }: SagaDefinition,
  own: readonly PastEvent[],
  { causeId, causeService, type }: PastEvent,
  service: string,
): readonly PastEvent[] {
  const isNamed = causeId !== undefined && causeService === service;
  const cameOfIt = isNamed ? own.filter((each) => each.causeId === causeId).map((each) => each.type) : [type];
  const candidates = events.filter(
    (event) =>
      event.service === service && cameOfIt.some((each) => each !== undefined && event.next.includes(each)),
  );
  const only = candidates.length === 1 ? candidates[0]?.type : undefined;
  if (!isNamed && only === undefined) return [];
  const eventId = isNamed ? causeId : undefined;
  return [{ eventId, type: only, service, time: undefined, causeId: undefined, causeService: undefined }];
}
