/**
 * What happens to an order, as it happens: WatchOrder as server-sent events. `event` is what the update is: snapshot, event or
 * resync; `id` the order's version up to which the client then has everything; `data` the protobuf JSON of
 * WatchOrderResponse. After the last of an order comes `end`, with data `{"lastVersion":n}`.
 *
 * Last-Event-ID, which a client that comes back sends by itself, resumes; or `after_version`. Who has everything of an order that
 * has ended gets 204, upon which an EventSource stays away.
 */
import type { FastifyRequest } from 'fastify';
import { ruleOf } from '../../../platform/access/rules.ts';
import { methodOf } from '../../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../../platform/grpc/validation.ts';
import { messageJson } from '../../../platform/messageJson.ts';
import {
  OrderQueryServiceService,
  WatchOrderRequest,
  WatchOrderResponse,
} from '../../../proto/gen/orderlog/query/v1/query_service.ts';
import { openWatch } from '../../live/watchOrder.ts';
import { callerOf } from '../access.ts';
import { parametersOf, wrong } from '../parameters.ts';
import { type PlainAnswer, type PlainParameter, plainRoute, type Route } from '../route.ts';
import { callOf, headerOf } from '../routes.ts';
import { lifeOf, type ServerSentEvent, sendEvents } from '../sse.ts';

const HEADER = 'Last-Event-ID';
const PARAMETER = 'after_version';
const WHOLE_NUMBER = /^\d{1,9}$/;
const { input, output } = methodOf(OrderQueryServiceService.watchOrder.path);
const check = createRequestCheck(input);

const version = { type: 'integer', minimum: 0 };
const parameters: readonly PlainParameter[] = [
  { name: 'id', in: 'path', description: 'The order.', schema: { type: 'string', format: 'uuid' } },
  {
    name: PARAMETER,
    in: 'query',
    description: 'Only what is above this version; unset or 0: begin with the order as it is.',
    schema: version,
  },
  {
    name: HEADER,
    in: 'header',
    description: `The id that was seen last: as ${PARAMETER}, and wins over it. An EventSource sends it by itself.`,
    schema: version,
  },
];

const answers: Readonly<Record<number, PlainAnswer>> = {
  200: {
    description:
      'Server-sent events. `event` is `snapshot` (the order as it is), `event` (one more version), `resync` (events were ' +
      'missed, a snapshot follows) or `end` (the order has ended: close); `id` is its version; `data` is WatchOrderResponse ' +
      'as JSON, and of `end` `{"lastVersion":n}`.',
    contentType: 'text/event-stream',
    schema: { type: 'string' },
  },
  204: {
    description: 'The order has ended, and nothing of it is left to tell: do not come back.',
    contentType: 'text/event-stream',
    schema: { type: 'string', maxLength: 0 },
  },
};

export const watchRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'watchOrder',
    rule: ruleOf(OrderQueryServiceService.watchOrder.path),
    method: 'GET',
    path: '/v1/orders/{id}/events',
    tag: 'Orders',
    summary: 'Watch an order',
    parameters,
    fieldNames: { order_id: 'id', [PARAMETER]: PARAMETER, [HEADER]: HEADER },
    isStream: true,
    answers,
    problems: {
      404: 'There is no such order.',
      409: 'The order has not come to that version.',
    },
    async handle({ watched, logger }, request, reply) {
      const afterVersion = afterVersionOf(request);
      const { id: orderId = '' } = request.params as { readonly id?: string };
      const asked = { orderId, afterVersion };
      check(WatchOrderRequest.encode(asked).finish());
      const signal = lifeOf(reply, callerOf(request));
      const watch = await openWatch(watched, asked, { ...callOf(request), deadline: undefined, signal });
      if (watch.isOver) return reply.code(204).header('cache-control', 'no-store').send();
      return sendEvents(reply, eventsOf(watch.updates, afterVersion), { logger, signal });
    },
  }),
];

/** The header wins: a client that comes back repeats the parameters that it began with. */
function afterVersionOf(request: FastifyRequest): number {
  const parameter = parametersOf(request, [PARAMETER]).one(PARAMETER);
  const header = headerOf(request, HEADER.toLowerCase()) ?? '';
  const [name, given] = header === '' ? [PARAMETER, parameter] : [HEADER, header];
  if (given !== '' && !WHOLE_NUMBER.test(given)) {
    throw wrong(name, 'must be a version of the order: a whole number, as an id of this stream is');
  }
  return Number(given);
}

async function* eventsOf(
  updates: AsyncIterable<WatchOrderResponse>,
  afterVersion: number,
): AsyncGenerator<ServerSentEvent> {
  let lastVersion = afterVersion;
  for await (const update of updates) {
    const { snapshot, event, resync } = update;
    lastVersion = snapshot?.version ?? event?.version ?? lastVersion;
    yield {
      event: snapshot ? 'snapshot' : resync ? 'resync' : 'event',
      id: String(lastVersion),
      data: messageJson(output, WatchOrderResponse.encode(update).finish()),
    };
  }
  yield { event: 'end', id: String(lastVersion), data: { lastVersion } };
}
