/** The results as a table, a line for each rpc and event, and what failed in words. */
import { type Result, SUITES, type Suite } from '../case.ts';

interface Line {
  readonly subject: string;
  readonly results: readonly Result[];
}

/** By subject, in the order in which they were judged. */
export function bySubject(results: readonly Result[]): readonly Line[] {
  return [...Map.groupBy(results, ({ subject }) => subject)].map(([subject, own]) => ({
    subject,
    results: own,
  }));
}

const failed = (results: readonly Result[]): readonly Result[] =>
  results.filter(({ verdict }) => verdict.kind === 'failed');

/** Nothing was shown of what it should do, and what was shown held. */
export const isNotOffered = (results: readonly Result[]): boolean =>
  results.some(({ name, verdict }) => name === 'as_it_should_be' && verdict.kind === 'notOffered');

function outcomeOf(results: readonly Result[]): string {
  if (failed(results).length > 0) return `${failed(results).length} FAILED`;
  if (isNotOffered(results)) return 'not offered';
  const notOffered = results.filter(({ verdict }) => verdict.kind === 'notOffered').length;
  return notOffered > 0 ? `ok, ${notOffered} not offered` : 'ok';
}

/** How many were checked; where some failed, of how many. What was not offered is not counted. */
function cellOf(results: readonly Result[], suite: Suite): string {
  const own = results.filter((result) => result.suite === suite && result.verdict.kind !== 'notOffered');
  if (own.length === 0) return '';
  const wrong = failed(own).length;
  return wrong > 0 ? `${wrong} of ${own.length}!` : String(own.length);
}

export function formatTable(results: readonly Result[]): string {
  const suites = SUITES.filter((suite) => results.some((result) => result.suite === suite));
  const rows = bySubject(results).map(({ subject, results: own }) => [
    subject,
    ...suites.map((suite) => cellOf(own, suite)),
    outcomeOf(own),
  ]);
  const all = [['what', ...suites, ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === row.length - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}

const MAX_SHOWN = 5;

/** What failed, with the request that shows it. */
export function explain(results: readonly Result[]): readonly string[] {
  return bySubject(results).flatMap(({ subject, results: own }) => {
    const wrong = failed(own);
    const more =
      wrong.length > MAX_SHOWN
        ? [`${subject}: ... and ${wrong.length - MAX_SHOWN} more (--only, --junit)`]
        : [];
    return [...wrong.slice(0, MAX_SHOWN).flatMap(explainOne), ...more];
  });
}

function explainOne({ subject, suite, name, verdict }: Result): readonly string[] {
  if (verdict.kind !== 'failed') return [];
  return [
    `${subject}: ${suite}: ${name}`,
    ...(verdict.request === undefined ? [] : [`  request   ${verdict.request}`]),
    `  expected  ${verdict.expected}`,
    `  got       ${verdict.got}`,
  ];
}

export function summary(results: readonly Result[]): string {
  const count = (kind: Result['verdict']['kind']) =>
    results.filter(({ verdict }) => verdict.kind === kind).length;
  return `${count('held')} held, ${count('failed')} failed, ${count('notOffered')} not offered`;
}
