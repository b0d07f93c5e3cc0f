import assert from 'node:assert/strict';
import { MsgHdrsImpl } from '@nats-io/nats-core';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { decodeAny, decodeHeaders, headerOf, putHeader } from './natsHeaders.ts';

const outcome = (
  decode: (bytes: Uint8Array) => Iterable<[string, string[]]> & { code: number; description: string },
  text: string,
) => {
  try {
    const headers = decode(Buffer.from(text));
    return { entries: [...headers], code: headers.code, description: headers.description };
  } catch (error) {
    return { message: (error as Error).message };
  }
};

describe('headers of NATS messages', () => {
  it('are read as the client reads them, whatever stands there', () => {
    const line = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('ce-id', 'ol-prev', 'Nats-Batch-Id', 'a b', '', 'ä', 'CE-ID'),
          fc.constantFrom(':', ': ', '', ' :'),
        )
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
    const end = fc.constantFrom('\r\n\r\n', '\r\n', '', '\n');
    fc.assert(
      fc.property(first, fc.array(line, { maxLength: 6 }), end, (head, lines, tail) => {
        const text = [head, ...lines].join('\r\n') + tail;
        assert.deepEqual(outcome(decodeHeaders, text), outcome(decodeAny, text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('come back as they were written', () => {
    const headers = new MsgHdrsImpl();
    putHeader(headers, 'ce-id', 'a');
    putHeader(headers, 'ol-prev', '3');
    putHeader(headers, 'ol-prev', '4');
    const back = decodeHeaders(headers.encode());
    assert.deepEqual(
      [...back],
      [
        ['ce-id', ['a']],
        ['ol-prev', ['4']],
      ],
    );
    assert.equal(headerOf(back, 'ol-prev'), '4');
    assert.equal(headerOf(back, 'Ol-Prev'), undefined);
    assert.equal(headerOf(undefined, 'ol-prev'), undefined);
  });
});
