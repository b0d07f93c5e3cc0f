/**
 * Every event that leads to something of another service is reacted to by a registered policy there, and by one only; and
 * no policy reacts to what is not declared to lead there.
 *
 * Requests count in their modes: of an orchestrator, as soon as any is obeyed at all; in no mode that nobody runs yet.
 */
import { shortName } from '../../events.ts';
import type { SagaDefinition } from '../definition.ts';
import { type Finding, findings } from '../finding.ts';
import { flowOf } from '../flow.ts';
import { isRequest } from './requests.ts';

/** The policies of one subscription. */
export interface RegisteredPolicies {
  readonly service: string;
  /** Full names of the events that they react to. */
  readonly types: readonly string[];
}

interface Reaction {
  readonly service: string;
  readonly type: string;
}

interface Need extends Reaction {
  readonly why: string;
  readonly isNow: boolean;
}

const policy = findings('policy');

export function policies(saga: SagaDefinition, registered: readonly RegisteredPolicies[]): Finding[] {
  const reactions = registered.flatMap(({ service, types }) => types.map((type) => ({ service, type })));
  const needs = needsOf(saga, reactions);
  const isFor = (a: Reaction) => (b: Reaction) => a.service === b.service && a.type === b.type;
  const declared = new Set(saga.events.map(({ type }) => type));
  return [
    ...needs.filter((need) => need.isNow && !reactions.some(isFor(need))).map(unanswered),
    ...reactions.flatMap((reaction, at) => {
      if (!declared.has(reaction.type)) return [undeclared(reaction, saga.name)];
      if (reactions.findIndex(isFor(reaction)) < at) return [twice(reaction)];
      return needs.some(isFor(reaction)) ? [] : [groundless(reaction)];
    }),
  ];
}

function needsOf(saga: SagaDefinition, reactions: readonly Reaction[]): Need[] {
  const flow = flowOf(saga);
  const obeyed = reactions.map(({ type }) => type);
  const isOrchestrated = saga.events.some(
    ({ type, modes }) => modes.includes('ORCHESTRATION') && obeyed.includes(type),
  );
  const steps = new Set(saga.steps.map(({ name }) => name));
  return saga.events.flatMap((event): Need[] => {
    const { type, service, step, modes } = event;
    const led = event.next.map((target) => {
      const why = steps.has(target) ? `begins ${target}` : `leads to ${shortName(target)}`;
      return { type, service: flow.serviceOf(target) ?? service, why, isNow: true };
    });
    const isNow = modes.includes('CHOREOGRAPHY') || (isOrchestrated && modes.includes('ORCHESTRATION'));
    const asked =
      step && isRequest(event)
        ? [{ type, service: flow.serviceOf(step) ?? service, why: `asks for ${step}`, isNow }]
        : [];
    const others = [...led, ...asked].filter((need) => need.service !== service);
    return [...Map.groupBy(others, (need) => need.service).values()].flatMap(([first, ...more]) =>
      first ? [{ ...first, why: [first, ...more].map(({ why }) => why).join(', ') }] : [],
    );
  });
}

const unanswered = ({ type, service, why }: Need): Finding =>
  policy(
    type,
    `${why} in ${service}, which has no policy for it`,
    `add policies/on${shortName(type)}.ts to ${service} and register it in its subscriptions, or correct next`,
  );

const undeclared = ({ type, service }: Reaction, saga: string): Finding =>
  policy(
    type,
    `${service} reacts to it, and it is no event of the saga`,
    `set the option (orderlog.saga.v1.event) with saga: "${saga}" on the message, or remove the policy`,
  );

const groundless = ({ type, service }: Reaction): Finding =>
  policy(
    type,
    `${service} reacts to it, and the definition has nothing of ${service} follow upon it`,
    `add to its next what ${service} does about it, or remove the policy`,
  );

const twice = ({ type, service }: Reaction): Finding =>
  policy(type, `${service} reacts to it twice`, 'leave one policy in one subscription');
