/** A page as blocks, and the page as Markdown and as HTML. In texts only `code` is marked. Pure. */

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** `firstNumber`: from which column on cells are figures. */
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
      readonly firstNumber?: number;
    }
  /** `file`: beside the page. */
  | { readonly kind: 'plot'; readonly file: string; readonly title: string; readonly svg: string };

export const markdown = (blocks: readonly Block[]): string => `${blocks.map(markdownOf).join('\n\n')}\n`;

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`;
    case 'text':
      return block.text;
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'table':
      return markdownTable(block);
    case 'plot':
      return `![${block.title}](${block.file})`;
    default:
      block satisfies never;
      return '';
  }
}

function markdownTable({ head, rows, firstNumber }: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, at) => (isNumber(at, firstNumber) ? '---:' : '---'));
  return [row(head), `|${rule.join('|')}|`, ...rows.map(row)].join('\n');
}

const isNumber = (column: number, first: number | undefined): boolean =>
  first !== undefined && column >= first;

const STYLE = `
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto; }
  th, td { padding: 4px 10px; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  figure { margin: 1.5rem 0; }
  figure svg { max-width: 100%; height: auto; }
  code { font-size: 0.92em; background: #8882; padding: 0 3px; border-radius: 3px; }`;

/** One file that asks nobody for anything: plots stand in it. */
export const html = (title: string, blocks: readonly Block[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
${blocks.map(htmlOf).join('\n')}
</body>
</html>
`;

function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${inline(block.text)}</h${block.level}>`;
    case 'text':
      return block.text.startsWith('<!--') ? block.text : `<p>${inline(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
    case 'table':
      return htmlTable(block);
    case 'plot':
      return `<figure>\n${block.svg.trimEnd()}\n</figure>`;
    default:
      block satisfies never;
      return '';
  }
}

function htmlTable({ head, rows, firstNumber }: Extract<Block, { kind: 'table' }>): string {
  const row = (name: 'td' | 'th', cells: readonly string[]) => {
    const all = cells.map((cell, at) => {
      const mark = isNumber(at, firstNumber) ? ' class="number"' : '';
      return `<${name}${mark}>${inline(cell)}</${name}>`;
    });
    return `<tr>${all.join('')}</tr>`;
  };
  const body = rows.map((cells) => row('td', cells)).join('\n');
  return `<table>\n<thead>${row('th', head)}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const inline = (text: string): string => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
