/** What an event of an order's past means, by its part in the saga. */
import type { PastEvent } from '../../../platform/saga/past.ts';
import type { Progress } from '../../../platform/saga/progress.ts';
import { endWordsOf, serviceText, undoWordsOf, wordsOf } from './words.ts';

export function eventText({ flow, definition }: Progress, { type, service }: PastEvent): string {
  if (type === undefined)
    return `${serviceText(service)} has reported: what, the order's own events do not tell`;
  const event = flow.event(type);
  if (!event) return 'it is no part of the saga that this version knows';
  if (event.boundary === 'START') return 'the order was accepted';
  if (event.boundary) return endWordsOf(type).was;
  const step = definition.steps.find(({ name }) => name === event.step);
  if (!step) return `${serviceText(service)} has noted it`;
  const words = wordsOf(step);
  switch (event.role) {
    case 'REQUESTED':
      return `${service === step.service ? 'begun' : 'asked for'}: ${words.task}`;
    case 'SUCCEEDED':
      return words.done;
    case 'FAILED':
      return words.failed ?? `failed: ${words.task}`;
    case 'COMPENSATED':
      return undoWordsOf(step).done;
    case 'SUSPENDED':
      return words.suspended?.why ?? `it stands still: ${words.task}`;
    case 'COMPENSATION_REQUESTED':
      return `asked for: ${undoWordsOf(step).task}`;
    case 'NOTED':
    case undefined:
      return `${serviceText(service)} has noted how it stands with: ${words.task}`;
    default:
      event.role satisfies never;
      return '';
  }
}
