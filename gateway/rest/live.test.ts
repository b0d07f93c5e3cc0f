import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { feedDouble, messageOf } from '../live/feedDouble.testing.ts';
import { orderDouble, startGateway, type TestGateway, type TestServer } from '../testbed.testing.ts';
import { problemIn } from './restBed.testing.ts';
import { readEvents } from './sse.testing.ts';

describe('GET /v1/live', () => {
  const feed = feedDouble();
  let order: TestServer;
  let gateway: TestGateway;
  before(async () => {
    order = await orderDouble({});
    gateway = await startGateway({ orderAddress: order.address, feed });
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });

  it('tells what flows, and again when it has changed, while somebody looks', async () => {
    const gone = new AbortController();
    const response = await fetch(`${gateway.http}/v1/live`, { signal: gone.signal });
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const events = readEvents(response);
    const { value: first } = await events.next();
    assert.equal(first?.event, 'live');
    assert.deepEqual(first?.data.recentEvents, []);
    feed.tell(messageOf('a', 1, 'OrderCreated'));
    for await (const { data } of events) {
      if (data.recentEvents[0]?.orderId === 'a') break;
    }
    gone.abort();
    while (feed.listeners() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('takes no parameters', async () => {
    assert.equal((await problemIn(await fetch(`${gateway.http}/v1/live?every=1`))).status, 400);
  });
});
