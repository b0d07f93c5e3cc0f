/**
 * What is wrong with a saga's definition, all of it at once, each with what to do; empty: nothing. A pure function of the
 * definition and of the policies that the services have registered.
 */
import type { SagaDefinition } from './definition.ts';
import type { Finding } from './finding.ts';
import { compensations } from './rules/compensations.ts';
import { deadlines } from './rules/deadlines.ts';
import { ends } from './rules/ends.ts';
import { kinds } from './rules/kinds.ts';
import { places } from './rules/places.ts';
import { policies, type RegisteredPolicies } from './rules/policies.ts';
import { requests } from './rules/requests.ts';

export function lintSaga(saga: SagaDefinition, registered: readonly RegisteredPolicies[]): Finding[] {
  const rules = [places, kinds, compensations, deadlines, ends, requests];
  return [...rules.flatMap((rule) => rule(saga)), ...policies(saga, registered)];
}
