/** What a rehearsal showed, for people. */
import type { Outcome } from './stage.ts';
import { KINDS } from './tally.ts';

const MAX_FAILURES = 20;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const markdownRow = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

export const isAsPromised = ({ problems }: Outcome): boolean => problems.length === 0;

/** As Markdown, which reads well in a terminal too. */
export function reportOf(outcome: Outcome): string {
  const { name, what, orders, perSecond, measured, notes } = outcome;
  const failed = outcome.failures.length;
  const asked = outcome.kinds.reduce((sum, kind) => sum + kind.asked, 0);
  return [
    `## ${name}: ${isAsPromised(outcome) ? 'as promised' : 'NOT as promised'}`,
    '',
    `${what[0]?.toUpperCase()}${what.slice(1)}; ${perSecond} requests a second by the clock, for ${Math.round(outcome.seconds)} s: ${asked} requests, ${failed} of them failed; ${orders} orders.`,
    '',
    ...requestTable(outcome),
    '',
    markdownRow(['measured', '']),
    markdownRow(['---', '---:']),
    ...summed(measured).map(([key, value]) => markdownRow([key, value])),
    '',
    ...notes.map((note) => `- ${note}`),
    ...causes(outcome).map((cause) => `- failed: ${cause}`),
    ...outcome.problems.map((problem) => `- **NOT as promised:** ${problem}`),
    ...(isAsPromised(outcome) ? ['- audit: nothing lost, doubled or contradicted'] : []),
    '',
  ].join('\n');
}

const requestTable = ({ kinds }: Outcome): readonly string[] => [
  markdownRow(['request', 'asked', 'failed', 'came back', 'p50', 'p99', 'max']),
  markdownRow(['---', '---:', '---:', '---:', '---:', '---:', '---:']),
  ...kinds.map(({ kind, asked, failed, resumed, latency }) => {
    const times = latency
      ? [latency.p50, latency.p99, latency.max].map((ms) => `${Math.round(ms)} ms`)
      : ['', '', ''];
    return markdownRow([KINDS[kind], asked, failed, kind.startsWith('place') ? '' : resumed, ...times]);
  }),
];

/** What was measured more than once is told as its least and its most. */
function summed(measured: Outcome['measured']): readonly [string, string][] {
  return [...Map.groupBy(measured, ({ what }) => what)].map(([what, all]): [string, string] => {
    const ms = all.map((each) => each.ms);
    const [least, most] = [Math.min(...ms), Math.max(...ms)].map(seconds) as [string, string];
    return [what, all.length === 1 ? most : `${least} to ${most}, ${all.length} times`];
  });
}

function causes({ failures }: Outcome): readonly string[] {
  const groups = Map.groupBy(failures, ({ kind, why }) => `${KINDS[kind]}: ${why}`);
  const told = [...groups].map(([cause, all]) => `${all.length} times ${cause}`);
  return told.length > MAX_FAILURES
    ? [...told.slice(0, MAX_FAILURES), `${told.length - MAX_FAILURES} more causes`]
    : told;
}
