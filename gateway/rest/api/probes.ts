/** Whether this process lives, and whether every part answers. */
import { statesOf } from '../../readiness.ts';
import { plainRoute, type Route, type Schema } from '../route.ts';

const health: Schema = {
  type: 'object',
  required: ['status'],
  properties: { status: { const: 'alive' } },
};
const part: Schema = {
  type: 'object',
  required: ['ready'],
  properties: {
    ready: { type: 'boolean' },
    detail: { type: 'string', description: 'Why it is not.' },
  },
};
const readiness: Schema = {
  type: 'object',
  required: ['ready', 'parts'],
  properties: {
    ready: { type: 'boolean', description: 'Whether every part is.' },
    parts: { type: 'object', description: 'By their names.', additionalProperties: part },
  },
};

export const probeRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'healthz',
    rule: 'open',
    isUncounted: true,
    method: 'GET',
    path: '/healthz',
    tag: 'System',
    summary: 'Does this process answer?',
    answers: { 200: { description: 'It does.', contentType: 'application/json', schema: health } },
    handle: async () => ({ status: 'alive' }),
  }),
  plainRoute({
    operationId: 'readyz',
    rule: 'open',
    isUncounted: true,
    method: 'GET',
    path: '/readyz',
    tag: 'System',
    summary: 'Does every part answer?',
    answers: {
      200: { description: 'All do.', contentType: 'application/json', schema: readiness },
      503: {
        description: 'Some do not, and are named. What needs only the others is served all the same.',
        contentType: 'application/json',
        schema: readiness,
      },
    },
    async handle({ readiness: asked }, _request, reply) {
      const parts = await statesOf(asked);
      const ready = Object.values(parts).every((each) => each.ready);
      return reply.code(ready ? 200 : 503).send({ ready, parts });
    },
  }),
];
