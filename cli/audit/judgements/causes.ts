/**
 * Causes: each is an event of the same order, and nothing comes before its own cause. Before is told by order, not by clocks:
 * causes and versions together must have no circle.
 */
import type { StoredEvent } from '../../../platform/events.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Findings } from '../finding.ts';
import { chaptersOf, named, type Story } from '../story.ts';

/** What Order only ever does because another event told it so; its other events may be a caller's or a timer's doing. */
const NEEDS_CAUSE = new Set([
  'OrderItemsReserved',
  'OrderPaid',
  'OrderNeedsReview',
  'OrderCompleted',
  'OrderRejected',
  'OrderCancelled',
  'OrderRefunded',
]);

export function judgeCauses(story: Story, findings: Findings): void {
  const subject = `order ${story.orderId}`;
  const isChoreographed = story.order.events[0]?.data.context?.mode === SagaMode.SAGA_MODE_CHOREOGRAPHY;
  for (const { type, stored } of story.order.events) {
    if (isChoreographed && !stored.cause && NEEDS_CAUSE.has(type)) {
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
