/** Problems as OpenAPI writes them: which a route may answer, and what they look like (rest/problems.ts). */
import { grpcStatusOf } from '../../platform/errors.ts';
import { ruleOfRoute } from '../rest/access.ts';
import { fieldsOf } from '../rest/fields.ts';
import { isRepeatable } from '../rest/problems.ts';
import type { PlainRoute, Problems, Route, RpcRoute, Schema } from '../rest/route.ts';
import { ofAccess } from './security.ts';

const ofEvery: Problems = {
  421: 'The Host is none by which the gateway may be asked where nobody needs a token.',
  429: 'There are too many requests now, of this caller (RATE_LIMITED) or of all.',
  500: 'A fault; the log has it under the id that is told.',
};
const ofParameters: Problems = { 400: 'A parameter, a header or a field is wrong, and is named.' };
const ofAsking: Problems = {
  503: 'Something that is needed cannot be used now.',
  504: 'It took too long.',
};
const ofBody: Problems = { 413: 'The body is too large.', 415: 'The body is not JSON.' };
const ofKey: Problems = { 422: 'The Idempotency-Key was used with another request.' };

export function problemResponses(route: Route): Schema {
  const ofKind = route.kind === 'rpc' ? ofRpcRoute(route) : ofPlainRoute(route);
  const problems = { ...ofEvery, ...ofAccess(ruleOfRoute(route)), ...ofKind, ...route.problems };
  return Object.fromEntries(
    Object.entries(problems).map(([status, text]) => [status, responseOf(status, text)]),
  );
}

const ofRpcRoute = (route: RpcRoute): Problems => ({
  ...ofParameters,
  ...ofAsking,
  ...(route.method === 'POST' && ofBody),
  ...(fieldsOf(route).hasKey && ofKey),
});

/** One that lasts asks services, as an rpc does. */
const ofPlainRoute = ({ path, isStream }: PlainRoute): Problems => ({
  ...(path.startsWith('/v1/') && ofParameters),
  ...(isStream && ofAsking),
});

const responseOf = (status: string, description: string): Schema => ({
  description,
  ...(isRepeatable(Number(status)) && {
    headers: { 'Retry-After': retryAfter, ...(status === '429' && rateLimitHeaders) },
  }),
  ...(['401', '403'].includes(status) && { headers: { 'WWW-Authenticate': challenge } }),
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const retryAfter: Schema = {
  description: 'Seconds after which to repeat it.',
  schema: { type: 'integer', minimum: 1 },
};

/** As every answer has them where a caller's requests are limited (rest/rateLimit.ts). */
const rateLimitHeaders: Schema = {
  'RateLimit-Policy': {
    description: 'How many requests one caller may make (q) in how many seconds (w), where that is limited.',
    schema: { type: 'string', pattern: '^"caller";q=[0-9]+;w=[0-9]+$' },
  },
  RateLimit: {
    description: 'How many of them are left (r), and in how many seconds all may be made again (t).',
    schema: { type: 'string', pattern: '^"caller";r=[0-9]+;t=[0-9]+$' },
  },
};

const challenge: Schema = {
  description: 'What is wrong with the token, or which scopes would do (RFC 6750).',
  schema: { type: 'string' },
};

export const problemSchemas: Readonly<Record<string, Schema>> = {
  Problem: {
    description: 'What went wrong (RFC 9457).',
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code', 'reason', 'violations'],
    properties: {
      type: { type: 'string', pattern: '^urn:orderlog:problem:[a-z0-9-]+$' },
      title: { type: 'string' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: { type: 'string', description: 'For a person to read.' },
      code: { description: "gRPC's word for it.", type: 'string', enum: Object.keys(grpcStatusOf) },
      reason: { description: 'For a program to read; stable.', type: 'string', pattern: '^[A-Z0-9_]+$' },
      violations: { type: 'array', items: { $ref: '#/components/schemas/Violation' } },
    },
    example: {
      type: 'urn:orderlog:problem:invalid-field',
      title: 'The request is wrong',
      status: 400,
      detail: 'lines[0].quantity: must be greater than or equal to 1 and less than or equal to 10000',
      code: 'INVALID_ARGUMENT',
      reason: 'INVALID_FIELD',
      violations: [
        {
          field: 'lines[0].quantity',
          description: 'must be greater than or equal to 1 and less than or equal to 10000',
        },
      ],
    },
  },
  Violation: {
    description: 'One field, parameter or header that is wrong.',
    type: 'object',
    required: ['field', 'description'],
    properties: {
      field: { type: 'string', description: 'As the client spelled it.' },
      description: { type: 'string', description: 'What it must be.' },
    },
  },
};
