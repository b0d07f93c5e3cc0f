/** How many events are parked in all services, as far as they tell. Pure. */
import { count } from '../../format.js';

/** @import { LiveDocument } from '../../types.d.ts' */

/** One that cannot be asked may have some: nothing is said of it but that. @param {LiveDocument['parked']} parked */
export function parkedIn(parked) {
  const silent = parked.filter((each) => each.count === null).map(({ service }) => service);
  const known = parked.reduce((all, each) => all + (each.count ?? 0), 0);
  const isMore = parked.some((each) => each.isMore);
  const nothing = parked.length === 0 ? 'cannot be told now' : 'none';
  return {
    known,
    value: silent.length === parked.length ? '–' : `${count(known)}${isMore ? '+' : ''}`,
    hint: silent.length > 0 ? `${silent.join(', ')} cannot be asked` : known > 0 ? '' : nothing,
  };
}
