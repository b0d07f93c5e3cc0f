/** The saga as a graph, read from the options on its event messages; the console draws it. */
import { readSaga } from '../../../platform/saga/definition.ts';
import { graphOf } from '../../../platform/saga/graph.ts';
import { parametersOf } from '../parameters.ts';
import { plainRoute, type Route, type Schema } from '../route.ts';

const SAGA = 'place-order';

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'array', items: text };
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const graph: Schema = object({
  title: text,
  nodes: {
    type: 'array',
    items: object({
      id: text,
      kind: { enum: ['start', 'step', 'undo', 'complete', 'rollback'] },
      title: text,
      lines: texts,
      service: { type: 'string', description: 'Who does it.' },
      events: {
        ...texts,
        description: 'Short names of the events that tell that an order has it behind it.',
      },
    }),
  },
  edges: {
    type: 'array',
    items: object({
      from: text,
      to: text,
      kind: { enum: ['forward', 'undo', 'deadline'] },
      labels: texts,
      events: { ...texts, description: 'Short names of the events that take an order along it.' },
    }),
  },
});

export const sagaRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'getSaga',
    rule: 'open',
    method: 'GET',
    path: '/v1/saga',
    tag: 'System',
    summary: 'How an order is carried out, as the contract defines it',
    answers: { 200: { description: 'Nodes and edges.', contentType: 'application/json', schema: graph } },
    async handle(_gateway, request) {
      parametersOf(request, []);
      return graphOf(readSaga(SAGA));
    },
  }),
];
