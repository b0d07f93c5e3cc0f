/** What could not be found out, so that nobody takes its absence for an answer. */

import { shortName } from '../../../platform/events.ts';
import type { StepProgress } from '../../../platform/saga/progress.ts';
import { type Asked, failureIn, type Look } from './look.ts';
import type { Standing } from './standing.ts';
import { serviceText, undoWordsOf, wordsOf } from './words.ts';

export const notKnown = (standing: Standing, look: Look | undefined): readonly string[] => [
  ...(standing.unreadable
    ? [`This version does not know ${shortName(standing.unreadable)}: the order is explained without it`]
    : []),
  ...standing.others.flatMap(({ service, failure }) =>
    failure === undefined ? [] : [silent(standing, service, failure)],
  ),
  ...(look ? unseen(look) : []),
];

/** A service whose events are missing: what they would tell is what is not known to be done. */
function silent({ progress }: Standing, service: string, failure: string): string {
  const open = progress.steps.filter(
    ({ step, state }) =>
      step.service === service && (state === 'OPEN' || state === 'SUSPENDED' || state === 'UNDOING'),
  );
  const done = ({ step, state }: StepProgress) =>
    (state === 'UNDOING' ? undoWordsOf(step) : wordsOf(step)).done;
  const whether = open.map((each) => `whether ${done(each)}`).join(' and ');
  const what = whether === '' ? 'what more has happened there' : whether;
  return `It is not known ${what}: ${serviceText(service)} does not answer (${failure})`;
}

/** What a service that answers did not tell. */
function unseen({ services, timers, openCalls }: Look): readonly string[] {
  const gaps = [...services].flatMap(([service, seen]) => {
    if (failureIn(seen.health) !== undefined) return [];
    const name = serviceText(service);
    const asked = [
      [seen.relay, `how many events of ${name} wait to be published`],
      [seen.consumers, `how far ${name} has read`],
      [seen.parked, `whether ${name} has parked an event of the order`],
    ] as const;
    return asked.flatMap(([each, what]) => gap(each, what));
  });
  const own = [
    [timers, 'what deadlines wait for'],
    [openCalls, 'which of its calls are not answered'],
  ] as const;
  return [...gaps, ...own.flatMap(([each, what]) => gap(each, what))];
}

function gap(asked: Asked<unknown>, what: string): readonly string[] {
  const failure = failureIn(asked);
  return failure === undefined ? [] : [`It is not known ${what} (${failure})`];
}
