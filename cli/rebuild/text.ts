/** What became of a rebuild, for people and for programs. */
import { type Comparison, type DifferenceKind, differing, MAX_EXAMPLES } from './comparison.ts';
import type { Outcome } from './outcome.ts';

const KINDS: Readonly<Record<DifferenceKind, string>> = {
  missing: 'not in the new one',
  extra: 'only in the new one',
  behind: 'at a lower version in the new one',
  ahead: 'at a higher version in the new one',
  differs: 'differs',
};
const HASH_SHOWN = 16;

export function outcomeText(outcome: Outcome): string {
  const { projection: name } = outcome;
  switch (outcome.action) {
    case 'switched':
      return (
        `${name}: ${filledText(outcome)}\n${comparisonText(outcome.comparison)}` +
        `Reads come from ${outcome.to} now; the live projection stood still for ${outcome.heldMs} ms.\n` +
        `${outcome.from} is kept: \`orderlog rebuild ${name} --rollback\` goes back to it, --drop-old removes it.\n`
      );
    case 'compared':
      return (
        `${name}: ${filledText(outcome)}\n${comparisonText(outcome.comparison)}` +
        `Nothing was switched: \`orderlog rebuild ${name}\` goes on with it, --abort removes it.\n`
      );
    case 'differs':
      return (
        `${comparisonText(outcome.comparison)}Nothing was switched: reads come from ${outcome.from} as before.\n` +
        'Is that as it should be, for instance since the projection was changed? Then --accept-differences switches.\n'
      );
    case 'rolledBack':
      return (
        `${name}: reads come from ${outcome.to} again; the live projection stood still for ${outcome.heldMs} ms.\n` +
        `${outcome.from} is kept: --rollback goes back to it, --drop-old removes it.\n`
      );
    case 'dropped':
      return `${name}: ${outcome.id} is removed.\n`;
  }
}

export const outcomeJson = (outcome: Outcome): string =>
  `${JSON.stringify(outcome, (_key, value) => (value instanceof Map ? Object.fromEntries(value) : value))}\n`;

function filledText({ events, seconds, to }: { events: number; seconds: number; to: string }): string {
  return `${events} events into ${to} in ${seconds.toFixed(1)} s, ${Math.round(events / Math.max(seconds, 0.001))}/s`;
}

function comparisonText(comparison: Comparison): string {
  const { before, after, compared, newer, hashBefore, hashAfter, notCompared } = comparison;
  const hashes =
    hashBefore === hashAfter
      ? `content ${hashAfter.slice(0, HASH_SHOWN)}, the same in both`
      : `content ${hashBefore.slice(0, HASH_SHOWN)} before, ${hashAfter.slice(0, HASH_SHOWN)} after`;
  return [
    `${before} before, ${after} after; ${compared} compared: ${hashes}.`,
    ...(newer > 0 ? [`${newer} are newer after, where the log is read further.`] : []),
    ...(notCompared.length > 0
      ? [`Not compared, since not both have them, or not alike: ${notCompared.join(', ')}.`]
      : []),
    ...differencesText(comparison),
    '',
  ].join('\n');
}

function differencesText(comparison: Comparison): string[] {
  const total = differing(comparison);
  if (total === 0) return [];
  const kinds = Object.entries(comparison.kinds).filter(([, count]) => count > 0);
  const shown = comparison.examples.map(({ kind, id, fields }) => {
    const details = Object.entries(fields).map(([path, text]) => `\n      ${path}: ${text}`);
    return `    ${id}: ${KINDS[kind]}${details.join('')}`;
  });
  const paths = [...comparison.paths].sort(([, a], [, b]) => b - a);
  return [
    `${total} differ: ${kinds.map(([kind, count]) => `${count} ${KINDS[kind as DifferenceKind]}`).join(', ')}.`,
    ...(paths.length > 0 ? [`  by field: ${paths.map(([path, n]) => `${path} ${n}`).join(', ')}`] : []),
    ...shown,
    ...(total > MAX_EXAMPLES ? [`    and ${total - comparison.examples.length} more`] : []),
  ];
}
