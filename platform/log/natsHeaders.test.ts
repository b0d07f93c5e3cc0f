import assert from 'node:assert/strict';
import type { MsgHdrs } from '@nats-io/nats-core';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { decodeAny, decodeHeaders, headerLine, TextHeaders } from './natsHeaders.ts';

const NAMES = ['ce-id', 'ol-prev', 'Nats-Batch-Id', 'CE-ID'];

/** All that a reader can see, before and after it was taken apart. */
const outcome = (decode: (bytes: Uint8Array) => MsgHdrs, text: string) => {
  try {
    const headers = decode(Buffer.from(text));
    const read = () => NAMES.map((name) => [headers.get(name), headers.last(name)]);
    const { code, description, status, hasError } = headers;
    const before = read();
    const [entries, keys] = [[...headers], headers.keys()];
    return { code, description, status, hasError, before, entries, keys, after: read() };
  } catch (error) {
    return { message: (error as Error).message };
  }
};

describe('headers of NATS messages', () => {
  it('are read as the client reads them, whatever stands there', () => {
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom(...NAMES, 'a b', '', 'ä'), fc.constantFrom(':', ': ', '', ' :'))
        .chain(([name, colon]) =>
          fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => name + colon + value),
        ),
      fc.string({ maxLength: 20 }),
    );
    const first = fc.constantFrom(
      'NATS/1.0',
      'NATS/1.0',
      'NATS/1.0',
      'NATS/1.0 404 No Messages',
      'NATS/1.0 ',
      'HTTP/1.1',
      '',
    );
    const end = fc.constantFrom('\r\n\r\n', '\r\n\r\n', '\r\n', '', '\n');
    fc.assert(
      fc.property(first, fc.array(line, { maxLength: 6 }), end, (head, lines, tail) => {
        const text = [head, ...lines].join('\r\n') + tail;
        assert.deepEqual(outcome(decodeHeaders, text), outcome(decodeAny, text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('come back as they were written', () => {
    const written = new TextHeaders(headerLine('ce-id', 'a') + headerLine('ol-prev', '3'));
    const headers = decodeHeaders(written.and(headerLine('ol-prev', '4')).encode());
    assert.equal(headers.get('ol-prev'), '3');
    assert.equal(headers.last('ol-prev'), '4');
    assert.equal(headers.get('Ol-Prev'), '');
    assert.deepEqual(
      [...headers],
      [
        ['ce-id', ['a']],
        ['ol-prev', ['3', '4']],
      ],
    );
  });

  it('are what the client makes of them from then on', () => {
    const headers = new TextHeaders(headerLine('ce-id', 'a'));
    headers.set('ce-id', 'b');
    headers.append('ol-prev', '3');
    const written = headers.and(headerLine('ol-epoch', '1'));
    assert.equal(String(written), 'NATS/1.0\r\nce-id: b\r\nol-prev: 3\r\nol-epoch: 1\r\n\r\n');
    headers.delete('ce-id');
    assert.deepEqual(
      [headers.has('ce-id'), headers.keys(), headers.values('ol-prev')],
      [false, ['ol-prev'], ['3']],
    );
  });
});
