/** An audit's result for people, and for programs. */
import type { AuditResult } from './engine.ts';
import type { Finding } from './finding.ts';

/** More notes are counted. */
const MAX_NOTES = 20;

export function resultText(result: AuditResult, tookMs: number): string {
  const { violations, notes, checked, skipped } = result;
  const lines = [...violations.map(findingText), ...notes.slice(0, MAX_NOTES).map(findingText)];
  if (notes.length > MAX_NOTES) lines.push(`  and ${notes.length - MAX_NOTES} notes more (--json shows all)`);
  for (const [name, why] of Object.entries(skipped)) lines.push(`- ${name} was not checked: ${why}`);
  const names = checked.join(', ');
  const verdict = violations.length === 0 ? 'clean' : count(violations.length, 'violation');
  const settled = result.settledBefore
    ? `; orders judged if untouched since ${result.settledBefore.toISOString()}`
    : '';
  lines.push(
    `${verdict}, ${count(notes.length, 'note')}, in ${(tookMs / 1_000).toFixed(1)} s (${names})${settled}`,
  );
  return `${lines.join('\n')}\n`;
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
