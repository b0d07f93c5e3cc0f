/**
 * Who asks for a step, mode by mode. By choreography steps begin upon outcomes, and only what begins at the deadline must
 * be asked for; where there are requests of an orchestrator (the service of the start), there is one for every step and
 * every compensation.
 */
import type { SagaDefinition, SagaStep } from '../definition.ts';
import type { SagaEvent } from '../event.ts';
import { type Finding, findings } from '../finding.ts';
import { flowOf } from '../flow.ts';

const request = findings('request');

export const isRequest = ({ role }: SagaEvent): boolean =>
  role === 'REQUESTED' || role === 'COMPENSATION_REQUESTED';

export function requests(saga: SagaDefinition): Finding[] {
  const flow = flowOf(saga);
  const isOrchestrated = saga.events.some(({ modes }) => modes.includes('ORCHESTRATION'));
  const conductor = flow.serviceOf(saga.start.event);
  return [
    ...saga.events.flatMap((event) => hasModes(event, flow.serviceOf(event.step ?? ''), conductor)),
    ...saga.steps.filter(({ name }) => name === saga.start.atDeadline).flatMap((step) => isHeard(step, saga)),
    ...(isOrchestrated ? saga.steps.flatMap((step) => isAskedFor(step, saga)) : []),
  ];
}

function hasModes(event: SagaEvent, doer: string | undefined, conductor: string | undefined): Finding[] {
  const { type, service, modes } = event;
  if (!isRequest(event)) {
    if (modes.length === 0) return [];
    return [request(type, 'is no request, and has modes', 'remove modes: it counts in every mode')];
  }
  if (service === doer) return [];
  if (modes.length === 0) {
    const mend = 'set modes: [SAGA_MODE_ORCHESTRATION], or those in which the service of the step obeys it';
    return [request(type, `asks ${doer} for ${event.step}, and is obeyed in no mode`, mend)];
  }
  if (service === conductor) return [];
  return [request(type, `is a request of ${service}`, `let ${conductor} ask, whose event starts the saga`)];
}

/** Nothing else tells another service that the deadline has passed. */
function isHeard(step: SagaStep, { events, start }: SagaDefinition): Finding[] {
  const isAsked = events.some(
    (event) => event.step === step.name && isRequest(event) && event.modes.includes('CHOREOGRAPHY'),
  );
  const isOwn = events.find(({ type }) => type === start.event)?.service === step.service;
  if (isAsked || isOwn) return [];
  const mend = 'set modes: [SAGA_MODE_CHOREOGRAPHY] on the request upon which it begins';
  return [request(step.name, 'begins at the deadline, and by choreography nobody asks for it', mend)];
}

function isAskedFor(step: SagaStep, { events }: SagaDefinition): Finding[] {
  const wanted = [
    { role: 'REQUESTED', what: 'the step' },
    ...(step.compensation ? [{ role: 'COMPENSATION_REQUESTED', what: 'the compensation of the step' }] : []),
  ];
  return wanted.flatMap(({ role, what }) => {
    const asking = events.filter(
      (event) => event.step === step.name && event.role === role && event.modes.includes('ORCHESTRATION'),
    );
    if (asking.length === 1) return [];
    const many = asking.length === 0 ? 'nothing asks' : `${asking.map(({ type }) => type).join(' and ')} ask`;
    const mend = `let one event have step: "${step.name}", role: STEP_ROLE_${role}, modes: [SAGA_MODE_ORCHESTRATION]`;
    return [request(step.name, `by orchestration ${many} for ${what}`, mend)];
  });
}
