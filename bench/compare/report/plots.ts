/** The two kinds of plot: stacked bars, and ranges from a median to a high quantile. Pure. */
import { number } from './figure.ts';
import { colour, type Frame, framed, linear, logarithmic, middleOf, ROW_PX } from './svg.ts';

type Named = Pick<Frame, 'title' | 'unit' | 'legend' | 'labels'>;

const BAR_PX = 16;

/** `parts`: of each label, the values in the order of the legend. `spread`: of the whole, over the rounds. */
export function stackedBars(
  frame: Named,
  rows: readonly {
    readonly parts: readonly number[];
    readonly spread?: { readonly min: number; readonly max: number };
  }[],
): string {
  const whole = (parts: readonly number[]) => parts.reduce((total, value) => total + value, 0);
  const scale = linear(
    Math.max(...rows.map(({ parts, spread }) => Math.max(whole(parts), spread?.max ?? 0))),
  );
  const shapes = rows.flatMap(({ parts, spread }, row) => {
    const y = middleOf(row) - BAR_PX / 2;
    let from = 0;
    const bars = parts.map((value, n) => {
      const [x1, x2] = [scale.at(from), scale.at(from + value)];
      from += value;
      return `<rect x="${x1.toFixed(1)}" y="${y}" width="${(x2 - x1).toFixed(1)}" height="${BAR_PX}" fill="${colour(n)}"/>`;
    });
    const [min, max] = [spread?.min ?? from, spread?.max ?? from];
    const whisker = `<line class="whisker" x1="${scale.at(min).toFixed(1)}" x2="${scale.at(max).toFixed(1)}" y1="${middleOf(row)}" y2="${middleOf(row)}"/>`;
    const text = `<text x="${(scale.at(Math.max(from, max)) + 8).toFixed(1)}" y="${middleOf(row) + 4}">${number(from)}</text>`;
    return [...bars, ...(max > min ? [whisker] : []), text];
  });
  return framed({ ...frame, scale }, shapes);
}

/** Of each label, in the order of the legend, from where to where; on a logarithmic scale. Undefined: there is none. */
export function ranges(
  frame: Named,
  rows: readonly (readonly ({ readonly from: number; readonly to: number } | undefined)[])[],
): string {
  const all = rows.flat().filter((range) => range !== undefined);
  const scale = logarithmic(all.flatMap(({ from, to }) => [from, to]));
  const shapes = rows.flatMap((parts, row) =>
    parts.flatMap((range, n) => {
      if (!range) return [];
      const y = (middleOf(row) + ((n + 0.5) / parts.length - 0.5) * (ROW_PX - 8)).toFixed(1);
      const [x1, x2] = [scale.at(range.from).toFixed(1), scale.at(range.to).toFixed(1)];
      return [
        `<line x1="${x1}" x2="${x2}" y1="${y}" y2="${y}" stroke="${colour(n)}" stroke-width="3"/>`,
        `<circle cx="${x1}" cy="${y}" r="4" fill="${colour(n)}"/>`,
      ];
    }),
  );
  return framed({ ...frame, scale }, shapes);
}
