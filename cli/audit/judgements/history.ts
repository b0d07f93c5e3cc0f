/** Each aggregate by itself: versions, derived ids, readable bytes, and nothing of another order in it. */
import { eventIdOf, partitionOf } from '../../../platform/ids.ts';
import type { Findings } from '../finding.ts';
import { chaptersOf, named, type Story } from '../story.ts';

export function judgeHistory(story: Story, findings: Findings): void {
  const { orderId } = story;
  const subject = `order ${orderId}`;
  for (const { service, streamId, stored, unread, events } of chaptersOf(story)) {
    stored.forEach((event, index) => {
      const evidence = { aggregate: streamId, event: named(event), id: event.eventId };
      const expected = (stored[index - 1]?.version ?? 0) + 1;
      if (event.version !== expected) {
        findings.violation(subject, `version ${expected} of its ${service} history is missing`, evidence);
      }
      if (event.eventId !== eventIdOf(service, streamId, event.version)) {
        findings.violation(subject, 'an event has another id than derives from its place', evidence);
      }
      if (event.partition !== partitionOf(orderId)) {
        findings.violation(subject, 'an event is in another partition than its order', evidence);
      }
    });
    for (const { stored: event, malformed } of unread) {
      const evidence = { aggregate: streamId, event: named(event), id: event.eventId };
      if (malformed) findings.violation(subject, "an event's bytes are no such message", evidence);
      else findings.note(subject, 'an event is of a type that this version does not know', evidence);
    }
    for (const { data, stored: event } of events) {
      if (data.context?.orderId === orderId) continue;
      const of = data.context?.orderId ?? 'none';
      findings.violation(subject, 'an event is about another order', { event: named(event), order: of });
    }
  }
}
