/**
 * What each rpc asks of its caller, as the contract says it: the option `orderlog.access.v1.access` of the rpc. Health alone has
 * none, and is open: those who probe a process have no token.
 */
import { type DescExtension, type DescMethod, getOption, hasOption, toBinary } from '@bufbuild/protobuf';
import { Access, Scope, scopeToJSON } from '../../proto/gen/orderlog/access/v1/access.ts';
import { descriptors, methodOf, splitMethodPath } from '../grpc/descriptors.ts';

/** Scopes as tokens have them. */
export interface ScopeRule {
  /** Any of these is enough. */
  readonly scopes: readonly string[];
  /** Any of these is enough for what belongs to the token's subject. */
  readonly ownScopes: readonly string[];
}

/** `open`: nothing is asked; `token`: any token that is right. */
export type Rule = 'open' | 'token' | ScopeRule;

/** Of what a rule is about: all of it, what belongs to the token's subject, or nothing. */
export type Grant = 'all' | 'own' | 'none';

/** What scopes come to under a rule. */
export function grantOf(rule: Rule, scopes: ReadonlySet<string>): Grant {
  if (typeof rule === 'string') return 'all';
  const holds = (wanted: readonly string[]) => wanted.some((scope) => scopes.has(scope));
  return holds(rule.scopes) ? 'all' : holds(rule.ownScopes) ? 'own' : 'none';
}

const EXTENSION = 'orderlog.access.v1.access';
const OPEN_SERVICES: readonly string[] = ['grpc.health.v1.Health'];
const PREFIX = 'SCOPE_';

/** SCOPE_ORDERS_READ -> `orders:read`. */
const scopeText = (scope: Scope): string =>
  scopeToJSON(scope).slice(PREFIX.length).toLowerCase().replaceAll('_', ':');

/** Every scope that there is, in the order of the contract. */
export const SCOPES: readonly string[] = Object.values(Scope)
  .filter((scope) => scope !== Scope.SCOPE_UNSPECIFIED && scope !== Scope.UNRECOGNIZED)
  .map(scopeText);

/** Those by which the system's own parts drive it: what is let in is ended by calls that ask for these alone. */
const OWN_STEPS: readonly string[] = ['saga:steps'];

/** Whether only the system itself may do it. */
export const isOwnStep = (rule: Rule): boolean =>
  typeof rule === 'object' && [...rule.scopes, ...rule.ownScopes].every((scope) => OWN_STEPS.includes(scope));

/** The rule of an rpc by its path, `/orderlog.order.v1.OrderService/PlaceOrder`. Throws if the contract does not say it. */
export function ruleOf(path: string): Rule {
  if (OPEN_SERVICES.includes(splitMethodPath(path).service)) return 'open';
  const { scopes, ownScopes } = optionOf(methodOf(path)) ?? { scopes: [], ownScopes: [] };
  if (scopes.length === 0 || [...scopes, ...ownScopes].includes(Scope.SCOPE_UNSPECIFIED)) {
    throw new Error(`${path} does not say who may call it: give it the option ${EXTENSION}, with a scope`);
  }
  return { scopes: scopes.map(scopeText), ownScopes: ownScopes.map(scopeText) };
}

function optionOf(method: DescMethod): Access | undefined {
  const extension: DescExtension | undefined = descriptors().registry.getExtension(EXTENSION);
  if (!extension?.message) {
    throw new Error(`${EXTENSION} is not in the descriptor image: run npm run generate`);
  }
  if (!hasOption(method, extension)) return undefined;
  return Access.decode(toBinary(extension.message, getOption(method, extension) as never));
}
