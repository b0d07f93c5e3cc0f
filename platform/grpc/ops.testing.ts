/** The ops of a service under test in which nothing is published, read or parked. */
import type { ServiceParts } from '../writeService/spec.ts';

export const idleOps: ServiceParts<never, never>['ops'] = {
  listParkedEvents: async () => ({ events: [], nextPageToken: '' }),
  getRelayStatus: async () => ({
    stream: '',
    leader: true,
    leaderId: '',
    leaseEpoch: 1n,
    streamEpoch: 1,
    position: 0n,
    outboxDepth: 0n,
    oldestTime: undefined,
    error: '',
  }),
  getConsumerStatus: async () => ({ ranges: [] }),
  getTimerStatus: async () => ({ due: 0n, nextDueTime: undefined, horizon: undefined, waitingFor: '' }),
};
