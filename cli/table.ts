/** Columns on a terminal. */
import { stripVTControlCharacters } from 'node:util';

/** Columns as wide as what stands in them, two spaces apart; the last one as it is. Cells may be coloured. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => widthOf(row[at] ?? ''))),
  );
  const pad = (cell: string, width: number) => cell + ' '.repeat(Math.max(0, width - widthOf(cell)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === columns - 1 ? cell : pad(cell, widths[at] ?? 0))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
