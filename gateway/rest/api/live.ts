/** What flows through the system, as it flows (live/overview/document.ts): for the console, and for whoever wants to see it. */
import { ruleOf } from '../../../platform/access/rules.ts';
import { OpsServiceService } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { LiveDocument } from '../../live/overview/document.ts';
import { callerOf } from '../access.ts';
import { parametersOf } from '../parameters.ts';
import { plainRoute, type Route } from '../route.ts';
import { lifeOf, type ServerSentEvent, sendEvents } from '../sse.ts';

const HEARTBEAT_MS = 5_000;

export const liveRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'live',
    rule: ruleOf(OpsServiceService.getConsumerStatus.path),
    method: 'GET',
    path: '/v1/live',
    tag: 'System',
    summary: 'See what flows through the system',
    isStream: true,
    answers: {
      200: {
        description:
          'Server-sent events named `live`, each the whole as JSON: rates and totals of each event of the saga, orders by ' +
          'status, how far the read model is behind, the parts, parked events, and the last events and errors. At once, ' +
          'then at most every 500 ms, when something has changed.',
        contentType: 'text/event-stream',
        schema: { type: 'string' },
      },
    },
    async handle({ overview, logger }, request, reply) {
      parametersOf(request, []);
      const signal = lifeOf(reply, callerOf(request));
      const documents = overview.view(signal);
      // What keeps it from beginning is answered as a problem.
      const first = await documents.next();
      return sendEvents(reply, eventsOf(first, documents), { logger, signal, heartbeatMs: HEARTBEAT_MS });
    },
  }),
];

async function* eventsOf(
  first: IteratorResult<LiveDocument>,
  documents: AsyncGenerator<LiveDocument>,
): AsyncGenerator<ServerSentEvent> {
  if (!first.done) yield { event: 'live', data: first.value };
  for await (const data of documents) yield { event: 'live', data };
}
