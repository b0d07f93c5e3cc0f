import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { NOW } from '../../platform/deciderTesting.ts';
import { createLogger } from '../../platform/logging.ts';
import { alarmsTo } from './alarms.ts';
import { orderEvents } from './domain/events.ts';
import { cancellationRequested, capturedAfter, ORDER_ID, orderCreated } from './domain/samples.testing.ts';

describe("Order's alarms", () => {
  it('tell of money that came after the end, and of nothing else', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ service: 'order', level: 'info', destination });
    const events = [orderCreated, cancellationRequested, capturedAfter('rejected')].map((event, index) => ({
      streamId: ORDER_ID,
      version: index + 1,
      eventId: `event-${index}`,
      type: orderEvents.fullName(event.type),
      partition: 0,
      time: NOW,
      cause: { stream: 'PAYMENTS', eventId: 'a cause' },
      traceparent: undefined,
      payload: orderEvents.encode(event),
    }));
    const report = alarmsTo(logger);
    report(events);
    // The log refused them: the relay tries the same again.
    report(events);
    const logged = lines.map((line) => JSON.parse(line));
    assert.equal(logged.length, 1);
    assert.partialDeepStrictEqual(logged[0], {
      level: 'error',
      alarm: 'CAPTURED_AFTER_END',
      orderId: ORDER_ID,
      eventId: 'event-2',
    });
    assert.match(logged[0].msg, /was captured after the order was rejected: it is given back/);
  });
});
