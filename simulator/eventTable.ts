/** The events table and the outbox, in memory. */
import type { StoredEvent } from '../platform/events.ts';
import type { SimTx, Store } from './store.ts';
import { Violation } from './violation.ts';

/** Appends events at the commit. The last guard against two writers of one aggregate: unique (stream_id, version). */
export function appendEvents({ store, writes, isSlow }: SimTx, events: readonly StoredEvent[]): void {
  if (events.length === 0) return;
  writes.push((commit) => {
    const outbox = [...store.outbox];
    let position = isSlow ? earlyPosition(store, events) : nextBlock(store);
    for (const event of events) {
      position++;
      const committed = { ...event, position, commit };
      const stream = store.streams.get(event.streamId) ?? [];
      if (event.version !== stream.length + 1) {
        throw new Violation(8, `version ${event.version} of ${event.streamId} follows ${stream.length}`);
      }
      store.streams.set(event.streamId, stream);
      stream.push(committed);
      store.events.push(committed);
      outbox.push(position);
    }
    store.outbox = outbox.sort(ascending);
  });
}

/** Each transaction begins a block of positions; in the blocks before there is room for slow ones. */
const BLOCK = 10_000n;

const nextBlock = ({ events }: Store): bigint => (BigInt(events.length) + 1n) * BLOCK;

/** Lower than those of other aggregates, and higher than those of its own, which it holds the locks of. */
function earlyPosition(store: Store, events: readonly StoredEvent[]): bigint {
  const own = events.flatMap(({ streamId }) => store.streams.get(streamId)?.at(-1)?.position ?? []);
  const block = own.toSorted(ascending).at(-1) ?? BLOCK;
  const taken = store.events.map(({ position }) => position);
  return (
    taken
      .filter((position) => position / BLOCK === block / BLOCK)
      .sort(ascending)
      .at(-1) ?? block
  );
}

const ascending = (a: bigint, b: bigint): number => Number(a - b);
