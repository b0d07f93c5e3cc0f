/** What the gateway says of itself, for programs; /docs shows it to people (documents/page.ts). */
import { type PlainAnswer, plainRoute, type Route } from '../route.ts';

const document = (description: string): PlainAnswer => ({
  description,
  contentType: 'application/json',
  schema: { type: 'object' },
});

export const documentRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'openapi',
    rule: 'open',
    method: 'GET',
    path: '/openapi.json',
    tag: 'System',
    summary: 'This document',
    answers: { 200: document('OpenAPI 3.1.') },
    handle: async ({ documents }) => documents.openApi(),
  }),
  plainRoute({
    operationId: 'asyncapi',
    rule: 'open',
    method: 'GET',
    path: '/asyncapi.json',
    tag: 'System',
    summary: 'The events of the log',
    answers: { 200: document('AsyncAPI 3.0.') },
    handle: async ({ documents }) => documents.asyncApi(),
  }),
];
