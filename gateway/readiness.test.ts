import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  HealthListResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from '../proto/gen/grpc/health/v1/health.ts';
import { heartbeatWatch, serving } from './readiness.ts';

const at = (minute: number, second = 0) => Date.UTC(2026, 0, 5, 10, minute, second);
const beat = (time: number, sequence = 1) => ({
  stream: 'ORDERS',
  sequence,
  lastEventId: undefined,
  streamEpoch: 1,
  writer: 'a',
  time: new Date(time).toISOString(),
});

describe('the heartbeat of a projector', () => {
  let now = 0;
  const watchAt = (time: number) => {
    now = time;
    return heartbeatWatch(() => now);
  };

  it('is alive at the first look if its heartbeat is young, and not if it is old', () => {
    assert.equal(watchAt(at(0, 5))(beat(at(0))).ready, true);
    assert.equal(watchAt(at(1))(beat(at(0))).ready, false);
  });

  it('is not alive once its heartbeat stands still, whatever its clock says', () => {
    const watch = watchAt(at(0));
    const ahead = beat(at(59));
    assert.equal(watch(ahead).ready, true);
    now = at(0, 30);
    const state = watch(ahead);
    assert.equal(state.ready, false);
    assert.match(state.detail ?? '', /no heartbeat for 30 s/);
  });

  it('is alive as soon as its heartbeat moves, even by a clock that is an hour behind', () => {
    const watch = watchAt(at(59));
    assert.equal(watch(beat(at(0))).ready, false);
    assert.equal(watch(beat(at(0, 2))).ready, true);
  });
});

describe('a service', () => {
  const stateOf = (statuses: Readonly<Record<string, Serving>>) => {
    const told = Object.entries(statuses).map(([name, status]) => [name, { status }]);
    return serving({
      list: async () => HealthListResponse.fromPartial({ statuses: Object.fromEntries(told) }),
    });
  };

  it('is ready, and says so, while commits do not wait for a standby of its database', async () => {
    const { SERVING, NOT_SERVING } = Serving;
    assert.deepEqual(await stateOf({ '': SERVING, durability: SERVING }), { ready: true });
    const state = await stateOf({ '': SERVING, durability: NOT_SERVING });
    assert.equal(state.ready, true);
    assert.match(state.detail ?? '', /a standby .* commits do not wait for/);
    assert.equal((await stateOf({ '': NOT_SERVING, durability: NOT_SERVING })).ready, false);
  });
});
