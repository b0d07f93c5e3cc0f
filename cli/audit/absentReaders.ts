/**
 * Consumers of the services that have no checkpoint, as readers that stand before the first event: nobody has read for them. Where
 * there is no stream they wait for it, and miss nothing.
 */
import { PARTITIONS } from '../../platform/ids.ts';
import { catalogSubscriptions } from '../../services/catalog/subscriptions.ts';
import { orderSubscriptions } from '../../services/order/subscriptions.ts';
import { paymentSubscriptions } from '../../services/payment/subscriptions.ts';
import type { Reader } from './consumers.ts';
import type { StreamLook } from './look.ts';

export function absentReaders(present: readonly Reader[], streams: readonly StreamLook[]): readonly Reader[] {
  const known = new Set(present.map(({ name }) => name));
  const subscriptions = [...orderSubscriptions, ...catalogSubscriptions, ...paymentSubscriptions];
  return subscriptions.flatMap(({ name, stream }): Reader[] => {
    const found = streams.find((each) => each.name === stream.name)?.after;
    if (!found || known.has(name)) return [];
    return [
      {
        name,
        stream: stream.name,
        firstPartition: 0,
        lastPartition: PARTITIONS - 1,
        sequence: found.firstSequence - 1,
        lastEventId: undefined,
        streamEpoch: found.epoch,
        isAbsent: true,
      },
    ];
  });
}
