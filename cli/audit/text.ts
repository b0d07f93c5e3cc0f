/** An audit's result for people, and for programs. */
import type { AuditResult } from './engine.ts';
import type { Finding } from './finding.ts';

/** Of one kind; more notes are counted, and named as far as this goes. */
const MAX_NOTES = 3;

export function resultText(result: AuditResult, tookMs: number): string {
  const { violations, notes, checked, skipped } = result;
  const lines = [...violations.map(findingText), ...noteTexts(notes)];
  for (const [name, why] of Object.entries(skipped)) lines.push(`- ${name} was not checked: ${why}`);
  const verdict = violations.length === 0 ? 'clean' : count(violations.length, 'violation');
  const settled = result.settledBefore
    ? `; orders judged if untouched since ${result.settledBefore.toISOString()}`
    : '';
  const took = `in ${(tookMs / 1_000).toFixed(1)} s`;
  lines.push(`${verdict}, ${count(notes.length, 'note')}, ${took} (${checked.join(', ')})${settled}`);
  return `${lines.join('\n')}\n`;
}

/** Many of one kind on one line. */
function noteTexts(notes: readonly Finding[]): readonly string[] {
  const kinds = Map.groupBy(notes, ({ invariant, message }) => `${invariant}: ${message}`);
  return [...kinds].flatMap(([kind, all]) => {
    if (all.length <= MAX_NOTES) return all.map(findingText);
    const named = all.slice(0, MAX_NOTES).map(({ subject }) => subject);
    return [`· ${kind}: ${all.length} times, such as ${named.join(', ')} (--json shows all)`];
  });
}

export function findingText({ kind, invariant, subject, message, evidence }: Finding): string {
  const mark = kind === 'violation' ? '✗' : '·';
  const facts = Object.entries(evidence).map(([name, value]) => `${name}: ${value}`);
  const proof = facts.length > 0 ? `\n    ${facts.join(', ')}` : '';
  return `${mark} ${invariant}: ${subject}: ${message}${proof}`;
}

/** One line of JSON. */
export const resultJson = ({ time, settledBefore, ...rest }: AuditResult): string =>
  `${JSON.stringify({ time: time.toISOString(), settledBefore: settledBefore?.toISOString(), ...rest })}\n`;

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
