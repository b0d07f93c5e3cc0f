/** Who one is here, and what of it all one may do: for the console, and for whoever wonders what a token is good for. */
import { grantOf } from '../../../platform/access/rules.ts';
import { callerOf, ruleOfRoute } from '../access.ts';
import { parametersOf } from '../parameters.ts';
import { plainRoute, type Route, type Schema } from '../route.ts';

const scopes: Schema = { type: 'array', items: { type: 'string' } };
const operation: Schema = {
  type: 'object',
  required: ['operationId', 'summary', 'access', 'scopes'],
  properties: {
    operationId: { type: 'string', description: 'As this document has it.' },
    summary: { type: 'string' },
    access: {
      enum: ['all', 'own', 'none'],
      description: '`own`: only on what belongs to the subject.',
    },
    scopes: { ...scopes, description: 'Any of these would do, if only for what is own.' },
  },
};
const answer: Schema = {
  type: 'object',
  required: ['subject', 'scopes', 'operations'],
  properties: {
    subject: { type: 'string', description: '`anonymous` where calls are not authenticated.' },
    expireTime: { type: 'string', format: 'date-time', description: 'When the token ends.' },
    scopes: { ...scopes, description: 'What the token grants.' },
    operations: { type: 'array', items: operation },
  },
};

export const callerRoutes: readonly Route[] = [
  plainRoute({
    operationId: 'getCaller',
    rule: 'token',
    method: 'GET',
    path: '/v1/caller',
    tag: 'System',
    summary: 'See who you are, and what you may do',
    answers: {
      200: { description: 'What your token comes to.', contentType: 'application/json', schema: answer },
    },
    async handle({ routes }, request, reply) {
      parametersOf(request, []);
      const { caller, scopes: granted, expiresAt } = callerOf(request);
      reply.header('cache-control', 'no-store');
      return {
        subject: caller,
        ...(expiresAt && { expireTime: expiresAt.toISOString() }),
        scopes: [...(granted ?? [])],
        operations: routes.map((route) => operationOf(route, granted)),
      };
    },
  }),
];

function operationOf(route: Route, granted: ReadonlySet<string> | undefined) {
  const { operationId, summary } = route;
  const rule = ruleOfRoute(route);
  return {
    operationId,
    summary,
    access: granted ? grantOf(rule, granted) : 'all',
    scopes: typeof rule === 'string' ? [] : [...rule.scopes, ...rule.ownScopes],
  };
}
