/**
 * The past of one saga: the events of all its services as one list, each after its cause. Services' clocks differ, so that
 * time alone does not tell.
 *
 * A service whose history is not to be had has its place all the same: what the owner's events name as their cause is an
 * event of it, and the definition tells which, where only one leads to all that came of it.
 */
import type { SagaDefinition } from './definition.ts';

/** Who says how it goes: the service in which the saga starts. */
export const ownerOf = ({ events, start }: SagaDefinition): string =>
  events.find(({ type }) => type === start.event)?.service ?? '';

export interface PastEvent {
  readonly eventId: string;
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
  const missing = new Set(histories.flat().map(({ eventId }) => eventId));
  const past: PastEvent[] = [];
  for (;;) {
    const heads = rest.flatMap((history) => history[0] ?? []).sort(byTime);
    const next = heads.find(({ causeId }) => causeId === undefined || !missing.has(causeId)) ?? heads[0];
    if (!next) return past;
    rest.find(([head]) => head === next)?.shift();
    missing.delete(next.eventId);
    past.push(next);
  }
}

/** What has no time comes when what came of it comes: as soon as nothing else is before it. */
const byTime = (a: PastEvent, b: PastEvent): number =>
  (a.time?.getTime() ?? Number.POSITIVE_INFINITY) - (b.time?.getTime() ?? Number.POSITIVE_INFINITY);

/** The events of a service as far as the owner's name them as causes. */
export function inferredPast(
  { events }: SagaDefinition,
  own: readonly PastEvent[],
  service: string,
): readonly PastEvent[] {
  const causes = new Set(
    own.flatMap(({ causeId, causeService }) => (causeService === service ? causeId : [])),
  );
  return [...causes].flatMap((eventId) => {
    if (eventId === undefined) return [];
    const cameOfIt = own.flatMap(({ causeId, type }) => (causeId === eventId ? (type ?? []) : []));
    const candidates = events.filter(
      (event) => event.service === service && cameOfIt.some((type) => event.next.includes(type)),
    );
    const type = candidates.length === 1 ? candidates[0]?.type : undefined;
    return [{ eventId, type, service, time: undefined, causeId: undefined, causeService: undefined }];
  });
}
