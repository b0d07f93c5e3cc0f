/** Tables of deciders as Markdown. */
import { shortName } from '../../platform/events.ts';
import { type Cell, sourcesOf, type Table } from './machine.ts';

type Row = readonly string[];

const code = (text: string): string => `\`${text}\``;

function markdownTable(head: Row, rows: readonly Row[]): string {
  for (const row of rows) {
    if (row.length !== head.length || row.some((cell) => cell.trim() === '')) {
      throw new Error(`a cell is empty: ${row.join(' | ')}`);
    }
  }
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function shortOutcome({ outcome, isAnswered }: Cell): string {
  switch (outcome.kind) {
    case 'nothing':
      return 'no-op';
    case 'events':
      return `→ ${outcome.to}`;
    case 'refused':
      return `${isAnswered ? 'refused' : '**alarm**'}: ${outcome.refusal.reason}`;
    default:
      outcome satisfies never;
      return '';
  }
}

/** Cells with one outcome, the states joined: by arrival, in the table's orders. */
function grouped(table: Table, keyOf: (cell: Cell) => string | undefined): Map<string, Cell[]> {
  const groups = new Map<string, Cell[]>();
  for (const index of table.arrivals.keys()) {
    for (const row of table.cells) {
      const cell = row[index];
      const key = cell && keyOf(cell);
      if (cell && key !== undefined) groups.set(key, [...(groups.get(key) ?? []), cell]);
    }
  }
  return groups;
}

const statesOf = (cells: readonly Cell[]): string => [...new Set(cells.map(({ state }) => state))].join('; ');

function transitionRows(table: Table): Row[] {
  const groups = grouped(table, ({ arrival, outcome }) =>
    outcome.kind === 'events' ? `${arrival}/${outcome.events.join()}/${outcome.to}` : undefined,
  );
  return [...groups.values()].flatMap((cells): Row[] => {
    const [first] = cells;
    if (first?.outcome.kind !== 'events') return [];
    const { events, to } = first.outcome;
    return [[code(first.arrival), statesOf(cells), events.map(code).join(', '), to]];
  });
}

function refusalRows(table: Table): Row[] {
  const groups = grouped(table, ({ outcome, isAnswered }) =>
    outcome.kind === 'refused' ? `${outcome.refusal.reason}/${isAnswered}` : undefined,
  );
  return [...groups.values()].flatMap((cells): Row[] => {
    const [first] = cells;
    if (first?.outcome.kind !== 'refused') return [];
    const { reason, code: status } = first.outcome.refusal;
    const who = first.isAnswered ? `the caller: ${status}` : 'an operator: **alarm**';
    return [[code(reason), who, table.remedies[reason] ?? '']];
  });
}

export function renderTable(table: Table): string {
  const matrix = markdownTable(
    ['state', ...table.arrivals.map(({ name }) => code(name))],
    table.cells.map((row, index) => [`**${table.states[index]}**`, ...row.map(shortOutcome)]),
  );
  const arrivals = markdownTable(
    ['what arrives', 'brought by'],
    table.arrivals.map((arrival) => [code(arrival.name), sourcesOf(arrival).join(', ')]),
  );
  return [
    `## ${table.title}`,
    table.intro,
    arrivals,
    `Events of other services that have no effect here: ${table.leftAlone.map(shortName).map(code).join(', ')}.`,
    '### State × what arrives',
    matrix,
    '### What follows where something changes',
    markdownTable(['what arrives', 'in state', 'events', 'state since'], transitionRows(table)),
    '### Refusals and alarms',
    markdownTable(['reason', 'who is told', 'what to do'], refusalRows(table)),
  ].join('\n\n');
}
