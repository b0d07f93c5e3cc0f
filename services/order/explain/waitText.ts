/** What an order waits for, and what follows if that fails, for a person to read. */
import { undoneBy } from '../../../platform/saga/ahead.ts';
import { isFeasibleEnd, type SagaWait } from '../../../platform/saga/waits.ts';
import type { Standing } from './standing.ts';
import { endWordsOf, sentence, serviceText, undoWordsOf, wordsOf } from './words.ts';

/** Goes on from "It waits for ". */
export function waitText({ kind, step, since, isSuspended }: SagaWait, { progress }: Standing): string {
  const words = wordsOf(step);
  switch (kind) {
    case 'WORK':
      return isSuspended ? (words.suspended?.waitsFor ?? words.waitsFor) : words.waitsFor;
    case 'UNDO':
      return undoWordsOf(step).waitsFor;
    case 'NEWS': {
      const isFailure = step.failed.includes(since?.type ?? '');
      return `${serviceText(progress.owner)} to hear that ${isFailure ? (words.failed ?? 'it failed') : words.done}`;
    }
    default:
      kind satisfies never;
      return words.waitsFor;
  }
}

/** Whole sentences. */
export function ifItFails({ kind, step, isSuspended }: SagaWait, standing: Standing): string {
  if (kind === 'NEWS')
    return 'Nothing can fail at this step any more: it is done, and only the news of it is to come.';
  const words = wordsOf(step);
  const ways = kind === 'WORK' ? step.failed.flatMap((type) => wayBack(type, standing)) : [];
  const cannot = ways.length > 0 ? [] : ['This step cannot fail for good: it is repeated until it is done.'];
  const might = kind === 'WORK' && !isSuspended ? words.suspended?.might : undefined;
  return [...ways, ...cannot, ...(might === undefined ? [] : [sentence(might)])].join(' ');
}

/** What comes of an outcome that ends the order without a sale. */
function wayBack(type: string, { progress }: Standing): readonly string[] {
  const { flow, definition } = progress;
  const failed = flow.event(type);
  const ends = definition.ends.filter(
    ({ event }) => failed?.next.includes(event) && isFeasibleEnd(progress, event),
  );
  const step = definition.steps.find(({ name }) => name === failed?.step);
  const words = step && wordsOf(step).ifFailed;
  return ends.map((end) => {
    const undone = undoneBy(end, progress).map((each) => undoWordsOf(each).task);
    return sentence([`if ${words ?? 'it fails'}, ${endWordsOf(end.event).will}`, ...undone].join('; '));
  });
}
