import assert from 'node:assert/strict';
import { headers as natsHeaders } from '@nats-io/nats-core';
import { describe, it } from 'mocha';
import type { StoredEvent } from '../events.ts';
import { requestMark } from '../requests.ts';
import { MalformedMessage, type RawMessage, readMessage, subjectOf, toMessage } from './headers.ts';

const event: StoredEvent = {
  streamId: '0d3e7a52-50fb-5c1c-9a08-6b2c9a1f4f10',
  version: 3,
  eventId: '6f1d6f6e-7a3c-5d0e-8d55-0f6f7f2f9b11',
  type: 'orderlog.order.v1.OrderCompleted',
  partition: 0x0a,
  time: new Date('2026-02-03T04:05:06.007Z'),
  cause: { stream: 'PAYMENTS', eventId: '11111111-2222-5333-8444-555555555555' },
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  request: requestMark({
    caller: 'anonymous',
    method: 'orderlog.order.v1.OrderService/CancelOrder',
    requestId: '7b0f5c1e-2f1d-4c38-9a3e-0d5a51f6c1aa',
    fingerprint: new Uint8Array(32).fill(7),
  }),
  payload: new Uint8Array([10, 2, 65, 66]),
};
const place = { subjectPrefix: 'orders', source: '/orderlog/order', prev: 41, epoch: 1 };

/** The bytes that stand in the log. These never change: a change here breaks every log that exists. */
const GOLDEN = [
  'NATS/1.0',
  'ce-specversion: 1.0',
  'ce-id: 6f1d6f6e-7a3c-5d0e-8d55-0f6f7f2f9b11',
  'ce-type: orderlog.order.v1.OrderCompleted',
  'ce-source: /orderlog/order',
  'ce-time: 2026-02-03T04:05:06.007Z',
  'ce-subject: 0d3e7a52-50fb-5c1c-9a08-6b2c9a1f4f10',
  'ce-datacontenttype: application/protobuf',
  'ol-version: 3',
  'ol-prev: 41',
  'ol-epoch: 1',
  'ol-cause: PAYMENTS/11111111-2222-5333-8444-555555555555',
  'ol-request: V5jqsI4LbSYdUYfSCj6-9XPuH6MLtXotZHP2XZ-l6iM.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '\r\n',
].join('\r\n');

const received = (
  over: Partial<RawMessage> = {},
  headers: Record<string, string | undefined> = {},
): RawMessage => {
  const sent = toMessage(event, place);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) sent.headers.delete(name);
    else sent.headers.set(name, value);
  }
  return { stream: 'ORDERS', sequence: 42, ...sent, ...over };
};

describe('message of an event', () => {
  it('has exactly these header bytes, subject and payload', () => {
    const message = toMessage(event, place);
    assert.equal(String(message.headers), GOLDEN);
    assert.equal(message.subject, 'orders.0.a.OrderCompleted');
    assert.equal(message.payload, event.payload);
  });

  it('leaves cause, request and traceparent out where there are none', () => {
    const message = toMessage(
      { ...event, cause: undefined, request: undefined, traceparent: undefined },
      { ...place, prev: 0, epoch: 2 },
    );
    const left = GOLDEN.split('\r\n').filter((line) => !/^(ol-cause|ol-request|traceparent)/.test(line));
    assert.equal(
      String(message.headers),
      left.join('\r\n').replace('ol-prev: 41', 'ol-prev: 0').replace('ol-epoch: 1', 'ol-epoch: 2'),
    );
  });

  it('has the partition as two hex digits in its subject', () => {
    assert.equal(subjectOf('catalog', 0, 'orderlog.catalog.v1.ItemPut'), 'catalog.0.0.ItemPut');
    assert.equal(subjectOf('catalog', 255, 'orderlog.catalog.v1.ItemPut'), 'catalog.f.f.ItemPut');
    assert.equal(subjectOf('payments', 16, 'PaymentFailed'), 'payments.1.0.PaymentFailed');
  });

  it('is refused where a value would not come back as it went', () => {
    for (const streamId of ['', ' x', 'a\r\nce-id: y', 'é', 'x'.repeat(257)]) {
      assert.throws(() => toMessage({ ...event, streamId }, place), /ce-subject must be/);
    }
  });
});

describe('reading a message', () => {
  it('gives the event back with its place', () => {
    assert.deepEqual(readMessage(received()), {
      ...event,
      stream: 'ORDERS',
      sequence: 42,
      subject: 'orders.0.a.OrderCompleted',
      prev: 41,
      epoch: 1,
    });
    const bare = readMessage(
      received({}, { 'ol-cause': undefined, 'ol-request': undefined, traceparent: undefined }),
    );
    assert.deepEqual([bare.cause, bare.request, bare.traceparent], [undefined, undefined, undefined]);
  });

  it('passes over headers that it does not know', () => {
    assert.equal(readMessage(received({}, { 'ol-later': 'x', 'Nats-Batch-Id': 'y' })).version, 3);
  });

  it('names what is wrong with a malformed one', () => {
    const wrong: [string, RawMessage][] = [
      ['ce-type', { ...received(), headers: undefined }],
      ['ce-type', { ...received(), headers: natsHeaders() }],
      ['subject', received({ subject: 'orders.0.a.OrderCreated' })],
      ['subject', received({ subject: 'orders.0.A.OrderCompleted' })],
      ['subject', received({ subject: 'orders.OrderCompleted' })],
      ['ce-id', received({}, { 'ce-id': 'nonsense' })],
      ['ce-subject', received({}, { 'ce-subject': undefined })],
      ['ce-time', received({}, { 'ce-time': 'yesterday' })],
      ['ce-time', received({}, { 'ce-time': '2026-13-99T00:00:00Z' })],
      ['ol-version', received({}, { 'ol-version': '0' })],
      ['ol-version', received({}, { 'ol-version': '1e3' })],
      ['ol-prev', received({}, { 'ol-prev': '42' })],
      ['ol-prev', received({}, { 'ol-prev': '-1' })],
      ['ol-epoch', received({}, { 'ol-epoch': '0' })],
      ['ol-cause', received({}, { 'ol-cause': 'PAYMENTS' })],
      ['ol-request', received({}, { 'ol-request': 'me' })],
    ];
    for (const [field, message] of wrong) {
      assert.throws(
        () => readMessage(message),
        (error) => error instanceof MalformedMessage && error.field === field && error.sequence === 42,
        field,
      );
    }
  });
});
