/** The table of a chaos run. */
import type { Result } from './run.ts';

/** Clean: orders were open while the fault lasted, nothing is lost, doubled or broken, and rest was reached. */
export const isClean = ({ inFlight, lost, doubled, violations, problem }: Result): boolean =>
  inFlight > 0 && lost.length + doubled.length + violations.length === 0 && problem === undefined;

const HEAD = ['fault', 'orders', 'in flight', 'recovered in', 'lost', 'doubled', 'violations', ''] as const;

export function rowOf(result: Result): readonly string[] {
  const { fault, asked, inFlight, recoveredInMs, lost, doubled, violations } = result;
  const recovered = recoveredInMs === undefined ? 'never' : `${(recoveredInMs / 1000).toFixed(1)} s`;
  const counts = [lost, doubled, violations].map((found) => String(found.length));
  return [fault, String(asked), String(inFlight), recovered, ...counts, isClean(result) ? 'ok' : 'FAILED'];
}

export const notRunRow = (fault: string, why: string): readonly string[] => [
  fault,
  '',
  '',
  '',
  '',
  '',
  '',
  `NOT RUN: ${why}`,
];

/** Columns aligned; all but the first and last to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const last = HEAD.length - 1;
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        if (column === last) return cell;
        return column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}

const MAX_SHOWN = 5;

/** What was wrong with a result, line by line. */
export function explain({ fault, problem, inFlight, ...findings }: Result): readonly string[] {
  const shown = Object.entries({
    lost: findings.lost,
    doubled: findings.doubled,
    violation: findings.violations,
  }).flatMap(([kind, found]) => [
    ...found.slice(0, MAX_SHOWN).map((line) => `${kind}: ${line}`),
    ...(found.length > MAX_SHOWN ? [`${kind}: ... and ${found.length - MAX_SHOWN} more`] : []),
  ]);
  return [
    ...(problem === undefined ? [] : [problem]),
    ...(inFlight > 0 ? [] : ['no order was open meanwhile']),
    ...shown,
  ].map((line) => `${fault}: ${line}`);
}
