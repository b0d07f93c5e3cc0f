/** The tables of a comparison. Pure. */
import { ARCHITECTURE_NAMES, ARCHITECTURES, type ArchitectureName } from '../../../cli/architectures.ts';
import type { Comparison, Run } from '../figures.ts';
import { READ_KINDS } from '../workload.ts';
import type { Block } from './blocks.ts';
import { figureOf, figureText, number } from './figure.ts';
import { MEASURES } from './measures.ts';
import { processNames } from './plotsOf.ts';

type Table = Extract<Block, { kind: 'table' }>;
type Runs = Pick<Comparison, 'runs'>;

export const architectureTable = (): Table => ({
  kind: 'table',
  head: ['architecture', 'what it is', 'settings'],
  rows: Object.values(ARCHITECTURES).map(({ name, what, env }) => [name, what, settingsText(env)]),
});

const settingsText = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `\`${name}=${value}\``)
    .join(' ');

export const figuresTable = (comparison: Runs): Table => ({
  kind: 'table',
  head: ['', ...ARCHITECTURE_NAMES],
  firstNumber: 1,
  rows: MEASURES.map((measure) => [
    `${measure.group}: ${measure.name}${measure.unit ? `, ${measure.unit}` : ''}`,
    ...ARCHITECTURE_NAMES.map((name) => figureText(figureOf(comparison, measure, name))),
  ]),
});

/** What was asked, and in the words of the last round what was answered. */
export function answersTable(comparison: Runs): Table {
  const lastOf = (name: ArchitectureName) =>
    comparison.runs.findLast(({ architecture }) => architecture === name);
  const questions = [
    ...new Set(comparison.runs.flatMap(({ answers }) => answers.map(({ question }) => question))),
  ];
  const answerOf = (run: Run | undefined, wanted: string) => {
    const found = run?.answers.find(({ question }) => question === wanted);
    return found ? `${found.isAnswered ? '✓' : '✗'} ${found.detail}` : '–';
  };
  const reads = READ_KINDS.map((kind) => [
    `reads: ${READ_NAMES[kind]}`,
    ...ARCHITECTURE_NAMES.map((name) => {
      const figures = lastOf(name)?.reads[kind];
      if (!figures) return '–';
      return figures.refusal === undefined ? '✓' : `✗ ${figures.refusal}`;
    }),
  ]);
  return {
    kind: 'table',
    head: ['asked of the running system', ...ARCHITECTURE_NAMES],
    rows: [
      ...questions.map((question) => [
        question,
        ...ARCHITECTURE_NAMES.map((name) => answerOf(lastOf(name), question)),
      ]),
      ...reads,
    ],
  };
}

const READ_NAMES = {
  byId: 'one order by id',
  list: 'a customer’s orders',
  filter: 'orders by status and date',
  text: 'orders by words',
} as const;

export const endsTable = (comparison: Runs): Table => ({
  kind: 'table',
  head: ['the outage', 'orders that took longer', 'how they ended', 'as without it'],
  rows: ARCHITECTURE_NAMES.map((name) => {
    const outages = comparison.runs.flatMap((run) => (run.architecture === name ? [run.outage] : []));
    const total = (of: (outage: Run['outage']) => number) =>
      outages.reduce((sum, outage) => sum + of(outage), 0);
    const statuses = [...new Set(outages.flatMap(({ affectedEnds }) => Object.keys(affectedEnds)))].sort();
    const ends = statuses.map(
      (status) => `${total(({ affectedEnds }) => affectedEnds[status] ?? 0)} ${status}`,
    );
    const affected = total((outage) => outage.affected);
    return [name, String(affected), ends.join(', '), `${total(({ asWanted }) => asWanted)} of ${affected}`];
  }),
});

/** By process: CPU an order, CPU a read, memory. */
export const processTable = (comparison: Runs): Table => ({
  kind: 'table',
  head: ['CPU an order, ms / CPU a read, ms / memory, MB', ...ARCHITECTURE_NAMES],
  firstNumber: 1,
  rows: processNames(comparison).map((process) => [
    process,
    ...ARCHITECTURE_NAMES.map((architecture) => {
      const cells = (['cpuMsPerOrder', 'cpuMsPerRead', 'memoryMb'] as const).map((key) =>
        figureOf(
          comparison,
          { of: ({ processes }) => processes.find(({ name }) => name === process)?.[key] },
          architecture,
        ),
      );
      return cells.some((cell) => cell)
        ? cells.map((cell) => (cell ? number(cell.median) : '–')).join(' / ')
        : '–';
    }),
  ]),
});
