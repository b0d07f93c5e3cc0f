import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { describe, it } from 'mocha';
import { layoutOf } from '../../cli/start/layout.ts';
import { toMessage } from '../../platform/log/headers.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { judgeOf } from './schema.testing.ts';

interface Message {
  readonly headers: { readonly required: string[]; readonly properties: object };
  readonly payload: object;
  readonly examples: readonly { readonly payload: object }[];
  readonly 'x-saga'?: object;
}

describe('the AsyncAPI document', () => {
  const document = JSON.parse(JSON.stringify(asyncApiDocument()));
  const messages = document.components.messages as Readonly<Record<string, Message>>;
  const judge = judgeOf(document);

  it('is AsyncAPI 3.0', () => {
    const schema = (specs.schemas as unknown as Record<string, object>)['3.0.0'];
    assert.ok(schema);
    // It brings the meta-schema that it stands on along.
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false });
    const validate = ajv.compile(schema);
    validate(document);
    assert.deepEqual(validate.errors ?? [], []);
  });

  it('has a channel for each stream, with a message for each event', () => {
    assert.deepEqual(Object.keys(document.channels), ['ORDERS', 'CATALOG', 'PAYMENTS']);
    const { address, parameters, messages: own } = document.channels.ORDERS;
    assert.equal(address, 'orders.{high}.{low}.{event}');
    assert.equal(parameters.high.enum.length, 16);
    assert.deepEqual(parameters.event.enum, Object.keys(own));
    assert.ok('OrderCreated' in own && !('ItemPut' in own));
    const all = Object.values<{ messages: object }>(document.channels).map((channel) => channel.messages);
    assert.equal(all.flatMap(Object.keys).length, Object.keys(messages).length);
  });

  it('says where `npm start` has the log, and that NATS asks who one is', () => {
    const { variables, security } = document.servers.nats;
    assert.equal(variables.address.default, `127.0.0.1:${layoutOf('', undefined).ports.nats}`);
    assert.deepEqual(security, [{ $ref: '#/components/securitySchemes/user' }]);
    assert.equal(document.components.securitySchemes.user.type, 'userPassword');
  });

  it('says what part an event plays in the saga', () => {
    assert.partialDeepStrictEqual(messages['orderlog.catalog.v1.ItemsReserved']?.['x-saga'], {
      saga: 'place-order',
      step: 'reserve',
      kind: 'STEP_KIND_COMPENSATABLE',
      compensatedBy: 'orderlog.catalog.v1.ReservationReleased',
    });
    assert.equal(messages['orderlog.catalog.v1.ItemPut']?.['x-saga'], undefined);
  });

  it('has examples that are as it says', () => {
    for (const [type, { payload, examples }] of Object.entries(messages)) {
      for (const example of examples) judge(payload, example.payload, type);
    }
  });

  it('has the headers that the relay writes, and no others', () => {
    const type = 'orderlog.order.v1.OrderCreated';
    const schema = messages[type]?.headers;
    const headersWith = (more: object) => {
      const event = {
        eventId: randomUUID(),
        type,
        streamId: randomUUID(),
        version: 1,
        partition: 7,
        time: new Date(),
        payload: Buffer.of(),
        cause: undefined,
        traceparent: undefined,
        ...more,
      };
      const place = { subjectPrefix: 'orders', source: '/orderlog/order', prev: 0, epoch: 1 };
      const { headers } = toMessage(event, place);
      return Object.fromEntries(headers.keys().map((name) => [name, headers.get(name)]));
    };
    const all = headersWith({
      cause: { stream: 'CATALOG', eventId: randomUUID() },
      request: `${'k'.repeat(43)}.${'f'.repeat(43)}`,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    });
    judge(schema, all, 'all headers');
    assert.deepEqual(Object.keys(all).sort(), Object.keys(schema?.properties ?? {}).sort());
    const needed = headersWith({});
    judge(schema, needed, 'the headers that all events have');
    assert.deepEqual(Object.keys(needed).sort(), schema?.required.sort());
  });
});
