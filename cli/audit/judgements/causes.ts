/**
 * Causes: whatever follows from an event has one, each is an event of the same order, and nothing comes before its own cause.
 * Before is told by order, not by clocks: causes and versions together must have no circle.
 */
import type { StoredEvent } from '../../../platform/events.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Findings } from '../finding.ts';
import { chaptersOf, named, type Story } from '../story.ts';

/** What is only ever done because another event told it so; Order's other events may be a caller's or a timer's doing. */
const ALWAYS = new Set([
  'OrderItemsReserved',
  'OrderPaid',
  'OrderNeedsReview',
  'OrderCompleted',
  'OrderRejected',
  'OrderCancelled',
  'OrderRefunded',
  'ChargeRequested',
  'ConfirmRequested',
  'ReleaseRequested',
  'ReturnRequested',
  'PaymentNeedsReview',
]);

/** By rpc these are done as well, in the mode of that. How a payment goes on may be a webhook's or an operator's doing. */
const UNLESS_BY_RPC = new Set([
  'ItemsReserved',
  'ReserveFailed',
  'ReservationReleased',
  'ReservationConfirmed',
  'ReservationReturned',
  'PaymentStarted',
]);

const { SAGA_MODE_CHOREOGRAPHY, SAGA_MODE_ORCHESTRATION } = SagaMode;

export function judgeCauses(story: Story, findings: Findings): void {
  const subject = `order ${story.orderId}`;
  for (const { events } of chaptersOf(story)) {
    for (const { type, data, stored } of events) {
      if (stored.cause || !needsCause(type, stored.version, data.context?.mode)) continue;
      findings.violation(subject, `${type} has no cause`, { event: named(stored), id: stored.eventId });
    }
  }
  const nodes = nodesOf(story);
  for (const { stored, cause } of nodes.values()) {
    if (cause === undefined || nodes.has(cause)) continue;
    const evidence = { event: named(stored), id: stored.eventId, cause };
    findings.violation(subject, 'the cause of an event is not in the history of its order', evidence);
  }
  const circle = circleIn(nodes);
  if (circle) findings.violation(subject, 'events are each the cause of the other', { circle });
}

/** `type`: its short name. `mode`: of the saga that it is about. */
export function needsCause(type: string, version: number, mode: SagaMode | undefined): boolean {
  if (ALWAYS.has(type)) return true;
  const isTombstone = type === 'PaymentVoided' && version === 1;
  const isByLog = mode === SAGA_MODE_CHOREOGRAPHY || mode === SAGA_MODE_ORCHESTRATION;
  return isByLog && (isTombstone || UNLESS_BY_RPC.has(type));
}

interface Node {
  readonly stored: StoredEvent;
  /** By name, `<STREAM>/<event id>`: its cause, and the event before it in its aggregate. */
  readonly cause: string | undefined;
  readonly previous: string | undefined;
}

function nodesOf(story: Story): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const { stream, stored } of chaptersOf(story)) {
    stored.forEach((event, index) => {
      const previous = stored[index - 1];
      nodes.set(`${stream}/${event.eventId}`, {
        stored: event,
        cause: event.cause && `${event.cause.stream}/${event.cause.eventId}`,
        previous: previous && `${stream}/${previous.eventId}`,
      });
    });
  }
  return nodes;
}

/** An event that, step by step, comes before itself. */
function circleIn(nodes: ReadonlyMap<string, Node>): string | undefined {
  const done = new Set<string>();
  const open = new Set<string>();
  const visit = (name: string): string | undefined => {
    const node = nodes.get(name);
    if (!node || done.has(name)) return undefined;
    if (open.has(name)) return `${named(node.stored)} ${name}`;
    open.add(name);
    for (const before of [node.cause, node.previous]) {
      const found = before && visit(before);
      if (found) return found;
    }
    open.delete(name);
    done.add(name);
    return undefined;
  };
  for (const name of nodes.keys()) {
    const found = visit(name);
    if (found) return found;
  }
  return undefined;
}
