/**
 * What an operation asks of its caller, as OpenAPI writes it: the rule of its route, which for a route of an rpc is the contract's.
 * OpenAPI has no word for what is the caller's own: the description says it.
 */
import type { Rule } from '../../platform/access/rules.ts';
import { ruleOfRoute } from '../rest/access.ts';
import type { Problems, Route, Schema } from '../rest/route.ts';

const SCHEME = 'bearer';

export const securitySchemes: Schema = {
  [SCHEME]: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Of the issuer that this system trusts, with a scope of each operation that is to be called in its `scope` claim. Where the ' +
      'system has no issuer, nothing is asked for.',
  },
};

/** Any of the requirements is enough; none: open to everybody. */
export function securityOf(route: Route): readonly Schema[] {
  const rule = ruleOfRoute(route);
  if (rule === 'open') return [];
  if (rule === 'token') return [{ [SCHEME]: [] }];
  return [...rule.scopes, ...rule.ownScopes].map((scope) => ({ [SCHEME]: [scope] }));
}

/** What the scopes come to, in words; empty: nothing is asked for. */
export function accessText(route: Route): string {
  const rule = ruleOfRoute(route);
  if (rule === 'open') return '';
  if (rule === 'token') return 'Asks for a token, with any scope.';
  const own = rule.ownScopes.map((scope) => `, or \`${scope}\` for what is the caller's own`);
  return `Asks for the scope ${rule.scopes.map((scope) => `\`${scope}\``).join(' or ')}${own.join('')}.`;
}

const ofToken: Problems = {
  401: 'There is no token, or not one that is right.',
  503: "The issuer's keys cannot be had now.",
};
const ofScope: Problems = { 403: 'The token lacks the scope; it is named.' };

/** How callers are turned away. */
export const ofAccess = (rule: Rule): Problems => ({
  ...(rule !== 'open' && ofToken),
  ...(typeof rule !== 'string' && ofScope),
});
