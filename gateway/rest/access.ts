/**
 * The door of HTTP: the question of platform/access/admit.ts, asked with the Authorization header before anything of a request is
 * read. A route of an rpc asks what the rpc asks; others say themselves what they do. Who is turned away is told how to come back
 * (WWW-Authenticate, RFC 6750).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admit } from '../../platform/access/admit.ts';
import { ANYBODY, type Caller } from '../../platform/access/caller.ts';
import type { RateLimit } from '../../platform/access/rateLimit.ts';
import { type Rule, ruleOf, type ScopeRule } from '../../platform/access/rules.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { countRequest } from './rateLimit.ts';
import type { Route } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What it asks of its caller; a route that does not say it is not served. */
    rule?: Rule;
    /** Asked by those who watch the system: not one of its caller's requests. */
    isUncounted?: boolean;
  }
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who was let in. */
export const callerOf = (request: FastifyRequest): Caller => callers.get(request) ?? ANYBODY;

/** What a route asks of its caller. */
export const ruleOfRoute = (route: Route): Rule =>
  route.kind === 'rpc' ? ruleOf(route.rpc.path) : route.rule;

/** For routes that are added after it. */
export function addAccess(app: FastifyInstance, admit: Admit, rate: RateLimit | undefined): void {
  app.addHook('onRoute', ({ url, config }) => {
    if (!config?.rule) throw new Error(`the route ${url} does not say who may call it`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { rule, isUncounted } = request.routeOptions.config;
    const counted = isUncounted ? undefined : rate;
    if (request.is404 || !rule) return countRequest(counted, request, reply);
    try {
      callers.set(request, await admit(rule, request.headers.authorization));
    } catch (error) {
      await countRequest(counted, request, reply);
      if (error instanceof OrderlogError && error.code === 'PERMISSION_DENIED') lacksScope(reply, rule);
      throw error;
    }
    await countRequest(counted, request, reply, callerOf(request));
  });
}

function lacksScope(reply: FastifyReply, rule: Rule): void {
  const { scopes, ownScopes } = rule as ScopeRule;
  const wanted = [...scopes, ...ownScopes].join(' ');
  reply.header('www-authenticate', `${SCHEME}, error="insufficient_scope", scope="${wanted}"`);
}

const SCHEME = 'Bearer realm="orderlog"';

/** To whom sent no token, or one that was refused; nothing in it comes from a client. */
export const challengeOf = ({ reason, message }: OrderlogError): string =>
  reason === 'TOKEN_MISSING'
    ? SCHEME
    : `${SCHEME}, error="invalid_token", error_description="${message.replace(/[^ !#-[\]-~]/g, '')}"`;
