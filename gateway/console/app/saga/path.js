/** A way of straight pieces as an SVG path with round corners. Pure. */

/** @typedef {{ x: number, y: number }} Point */

const CORNER_PX = 8;

/** @param {readonly Point[]} points */
export function roundedPath(points) {
  const [first, ...rest] = points;
  if (!first) return '';
  const pieces = rest.map((point, at) => {
    const before = points[at] ?? first;
    const after = rest[at + 1];
    if (!after) return `L${point.x} ${point.y}`;
    const into = towards(point, before);
    const out = towards(point, after);
    return `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`;
  });
  return `M${first.x} ${first.y}${pieces.join('')}`;
}

/** A corner's length from a point towards another, at most half way. @param {Point} from @param {Point} to */
function towards(from, to) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const part = Math.min(CORNER_PX, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
