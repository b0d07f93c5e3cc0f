/** Makes the routes of the table answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { anyCodec } from '../../platform/grpc/service.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import { messageJson } from '../../platform/messageJson.ts';
import { ruleOfRoute } from './access.ts';
import { messageBytes } from './body.ts';
import { fieldsOf } from './fields.ts';
import { type Parameters, parametersOf, wrong } from './parameters.ts';
import { requestJson } from './request.ts';
import type { Choice, PlainRoute, Route, RpcRoute, Served } from './route.ts';
import { callOf, commandCallOf } from './routes.ts';

/** Throws if a route does not fit the contract. */
export function serve(app: FastifyInstance, gateway: Served, route: Route): void {
  if (route.kind === 'rpc') serveRpc(app, gateway, route);
  else servePlain(app, gateway, route);
}

/** As fastify writes it: `/v1/orders/:id`. */
export const urlOf = ({ path }: Pick<Route, 'path'>): string => path.replace(/\{(\w+)\}/g, ':$1');

function servePlain(app: FastifyInstance, gateway: Served, route: PlainRoute): void {
  const handler = (request: FastifyRequest, reply: FastifyReply) => route.handle(gateway, request, reply);
  const { method, fieldNames = {}, isStream = false, isUncounted = false } = route;
  // A HEAD would begin a stream that nobody reads.
  app.route({
    method,
    url: urlOf(route),
    exposeHeadRoute: !isStream,
    config: { rule: ruleOfRoute(route), fieldNames, isStream, isUncounted },
    handler,
  });
}

function serveRpc(app: FastifyInstance, gateway: Served, route: RpcRoute): void {
  const fields = fieldsOf(route);
  const codec = anyCodec(route.rpc);
  const check = createRequestCheck(fields.request);
  const known = fields.query.map(({ name }) => name);
  app.route({
    method: route.method,
    url: urlOf(route),
    config: { rule: ruleOfRoute(route), fieldNames: fields.names, bodyOptional: route.bodyOptional === true },
    handler: async (request, reply) => {
      const parameters = parametersOf(request, known);
      const chosen = chosenOf(route, parameters);
      const { bytes } = check(messageBytes(fields.request, requestJson(route, fields, request, parameters)));
      const call = route.method === 'GET' ? callOf(request) : commandCallOf(request);
      const answer = await route.answer(gateway, codec.requestDeserialize(Buffer.from(bytes)), call, chosen);
      if (route.location) reply.header('location', route.location(answer));
      return reply.code(route.status).send(messageJson(fields.response, codec.responseSerialize(answer)));
    },
  });
}

/** Throws OrderlogError INVALID_ARGUMENT for a word that is not one of the few. */
function chosenOf({ choices = {} }: RpcRoute, parameters: Parameters): (name: string) => string {
  for (const [name, { values }] of Object.entries<Choice>(choices)) {
    if (values.includes(parameters.one(name))) continue;
    throw wrong(name, `must be given: one of ${values.join(', ')}`);
  }
  return (name) => parameters.one(name);
}
