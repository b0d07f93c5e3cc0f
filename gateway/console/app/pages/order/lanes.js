/** Where the events of a timeline stand: a lane a service, and an arrow from each event's cause to it. Pure. */

/** @typedef {{ eventId: string, service: string, causeId: string | undefined }} Happened */

export const LANES = ['order', 'catalog', 'payment'];
export const LANE_PX = 24;

/** @param {string} service */
export const laneX = (service) => (Math.max(0, LANES.indexOf(service)) + 0.5) * LANE_PX;

/** So far from the dots' middles do arrows begin and end. */
const [LEAVE_PX, ARRIVE_PX] = [6, 10];

/**
 * The arrows between the events, as paths. `ys`: where each event's middle is.
 * @param {readonly Happened[]} events
 * @param {readonly number[]} ys
 * @returns {{ from: number, to: number, path: string }[]}
 */
export function arrows(events, ys) {
  const places = new Map(events.map(({ eventId }, index) => [eventId, index]));
  return events.flatMap(({ causeId }, to) => {
    const from = causeId === undefined ? undefined : places.get(causeId);
    return from === undefined ? [] : [{ from, to, path: pathOf(events, ys, from, to) }];
  });
}

/** Down its own lane, or over to another one. @param {readonly Happened[]} events @param {readonly number[]} ys @param {number} from @param {number} to */
function pathOf(events, ys, from, to) {
  const [x1, x2] = [laneX(events[from]?.service ?? ''), laneX(events[to]?.service ?? '')];
  const [y1, y2] = [(ys[from] ?? 0) + LEAVE_PX, (ys[to] ?? 0) - ARRIVE_PX];
  if (x1 === x2) return `M${x1} ${y1}L${x2} ${y2}`;
  const bend = Math.min(28, (y2 - y1) / 2);
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}
