/** What a run tried and found, for people. */
import type { Finding, FuzzReport } from './run.ts';

/** A line for each kind: how many inputs, and what was seen how often. */
export const triedLines = ({ tried }: FuzzReport): readonly string[] =>
  tried.map(({ kind, inputs, outcomes }) => {
    const often = [...outcomes].sort(([, one], [, other]) => other - one);
    return `${kind}: ${inputs} inputs; ${often.map(([outcome, times]) => `${outcome} ${times}`).join(', ')}`;
  });

export const findingText = ({ kind, what, input }: Finding): string =>
  `FOUND by ${kind}: ${what}\n  ${input}`;
