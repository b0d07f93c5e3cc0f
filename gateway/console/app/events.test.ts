import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { answerFetch } from './answers.testing.ts';
import type { Problem } from './api.js';
import { follow, parser } from './events.js';

describe('the reader of server-sent events', () => {
  const text =
    'retry: 2000\n\nid: 3\nevent: event\ndata: {"a":"b: c"}\n\n:\n\ndata: one\ndata: two\r\n\r\nevent: end\n';
  const messages = [
    { event: 'event', id: '3', data: '{"a":"b: c"}' },
    { event: 'message', id: undefined, data: 'one\ntwo' },
  ];

  it('gives whole messages, with their names and ids, and passes over all else', () => {
    assert.deepEqual(parser()(text), messages);
  });

  it('takes a stream in pieces of any length', () => {
    const messagesIn = parser();
    assert.deepEqual([...text].flatMap(messagesIn), messages);
  });
});

describe('who follows a stream', () => {
  it('comes back with the last id where nothing is heard any more, though nobody ended it', async () => {
    const lastIds: (string | null)[] = [];
    const { promise: again, resolve: isBack } = Promise.withResolvers<void>();
    const stop = answerFetch((headers) => {
      if (lastIds.push(headers.get('last-event-id')) === 2) isBack();
      const bytes = new TextEncoder().encode('id: 3\nevent: event\ndata: {}\n\n');
      return new Response(new ReadableStream({ start: (stream) => stream.enqueue(bytes) }));
    });
    const said: (string | undefined)[] = [];
    const close = follow(
      '/v1/orders/1/events',
      {
        hear: ({ event }) => said.push(event),
        lost: (problem?: Problem) => said.push(problem?.title),
        ended: () => said.push('ended'),
      },
      { silentMs: 50, retryMs: 1 },
    );
    try {
      await again;
    } finally {
      close();
      stop();
    }
    assert.deepEqual(lastIds, [null, '3']);
    assert.deepEqual(said.slice(0, 2), ['event', 'Not connected']);
  });
});
