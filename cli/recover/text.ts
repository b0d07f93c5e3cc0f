/** What recovery says. */

import { shortName } from '../../platform/events.ts';
import type { StreamIdentity } from '../../platform/log/stream.ts';
import { lastSequenceOf, type Republication } from '../../platform/recovery/republication.ts';
import type { Survey } from '../../platform/recovery/survey.ts';

export const matched = (service: string, stream: string): string =>
  `${service}: database and ${stream} match, nothing to recover`;

export function surveyed(service: string, stream: string, survey: Survey): string {
  const { first, last, present, missing, byType, firstTime, lastTime, anew } = survey;
  const read = `${service}: read ${stream} from ${first} to ${last}${anew ? ', all of it' : ''}`;
  if (missing === 0) return `${read}: the database has all ${present} events`;
  const types = [...byType].map(([type, count]) => `    ${String(count).padStart(8)}  ${shortName(type)}`);
  return [
    `${read}: ${missing} events are not in the database, ${present} are`,
    `  of ${firstTime?.toISOString()} to ${lastTime?.toISOString()}`,
    ...types,
    '  They are appended with their ids, bytes and times; rows, open tasks, timers and the records of their requests are',
    '  made again. Calls to the provider that were under way are repeated under their own keys: none is charged twice.',
  ].join('\n');
}

export const mended = (service: string, appended: number): string =>
  `${service}: ${appended} events were brought into the database; the service goes on by itself`;

export function planned(stream: string, plan: Republication, old: StreamIdentity | undefined): string {
  const left = old ? `${old.messages} messages, all of them in the database: it is deleted` : 'nothing';
  return [
    `${stream}: ${plan.events} events are published again, as epoch ${plan.epoch}, sequences ${plan.firstSequence} to ${lastSequenceOf(plan)}`,
    `  of the old stream there is ${left}`,
  ].join('\n');
}

export const republished = (stream: string, epoch: number, first: number, last: number): string =>
  `${stream}: made again as epoch ${epoch}, sequences ${first} to ${last}; its readers find their places by themselves`;
