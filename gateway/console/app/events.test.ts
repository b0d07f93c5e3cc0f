import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parser } from './events.js';

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
