/** The results as JUnit XML: a testsuite for each rpc and event, as CI servers read it. */
import type { Result } from '../case.ts';
import { bySubject } from './table.ts';

export function junitXml(results: readonly Result[]): string {
  const suites = bySubject(results).map(({ subject, results: own }) => suiteXml(subject, own));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="contract"${counts(results)}>\n${suites.join('')}</testsuites>\n`;
}

const suiteXml = (subject: string, results: readonly Result[]): string =>
  `  <testsuite name="${escaped(subject)}"${counts(results)}>\n${results.map(caseXml).join('')}  </testsuite>\n`;

function counts(results: readonly Result[]): string {
  const count = (kind: Result['verdict']['kind']) =>
    results.filter(({ verdict }) => verdict.kind === kind).length;
  const seconds = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000;
  return ` tests="${results.length}" failures="${count('failed')}" errors="0" skipped="${count('notOffered')}" time="${seconds.toFixed(3)}"`;
}

function caseXml({ subject, suite, name, verdict, durationMs }: Result): string {
  const head = `    <testcase classname="${escaped(subject)}" name="${escaped(`${suite}: ${name}`)}" time="${(durationMs / 1_000).toFixed(3)}"`;
  if (verdict.kind === 'held') return `${head}/>\n`;
  if (verdict.kind === 'notOffered') return `${head}><skipped message="not offered"/></testcase>\n`;
  const { expected, got, request } = verdict;
  const text = [
    ...(request === undefined ? [] : [`request: ${request}`]),
    `expected: ${expected}`,
    `got: ${got}`,
  ];
  return `${head}><failure message="${escaped(`expected ${expected}, got ${got}`)}">${escaped(text.join('\n'))}</failure></testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** What XML 1.0 has no way to write becomes a question mark. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
    .replace(/[&<>"\n]/g, (char) => ENTITIES[char] ?? char);
