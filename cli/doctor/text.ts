/** Findings on a terminal: a table of all, then what to do about those that are not well. */
import { type Colour, coloured } from '../colours.ts';
import { table } from '../table.ts';
import type { Finding, Level } from './finding.ts';

const MARKS: Readonly<Record<Level, [Colour, string]>> = {
  ok: ['green', '✓ ok'],
  warn: ['yellow', '! warn'],
  fail: ['red', '✗ fail'],
};

export function findingsText(findings: readonly Finding[], tookMs: number): string {
  const rows = findings.map(({ level, part, check, found }) => [
    coloured(...MARKS[level]),
    part,
    check,
    found,
  ]);
  const bad = findings.filter(({ advice }) => advice !== undefined);
  const advice = bad.map(
    ({ level, part, check, advice: what }) => `${coloured(...MARKS[level])}  ${part}, ${check}: ${what}\n`,
  );
  const count = (level: Level) => findings.filter((each) => each.level === level).length;
  const counts = `${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failures`;
  return [
    table([['STATE', 'PART', 'CHECK', 'FOUND'], ...rows]),
    ...(advice.length > 0 ? ['\nWhat to do\n', ...advice] : []),
    `\n${counts}, in ${(tookMs / 1_000).toFixed(1)} s\n`,
  ].join('');
}
