import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type DescMessage, getOption } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type FieldRules,
  field as fieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { BadRequest } from '../../proto/gen/google/rpc/error_details.ts';
import { ReserveItemsRequest } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { DiscardParkedEventRequest } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { CancelOrderRequest, PlaceOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderlogError } from '../errors.ts';
import { descriptors, requestTypeOf } from './descriptors.ts';
import { createRequestCheck } from './validation.ts';
import { MAX_VALUES, scanRequest } from './wireScan.ts';

const check = createRequestCheck(requestTypeOf('/orderlog.ops.v1.OpsService/DiscardParkedEvent'));
const good = { parkedId: randomUUID(), reason: 'a test event', operatorId: 'ada' };
const encode = (request: Partial<DiscardParkedEventRequest>) =>
  DiscardParkedEventRequest.encode({ ...good, ...request }).finish();

function refusal(bytes: Uint8Array): OrderlogError {
  try {
    check(bytes);
  } catch (error) {
    assert.ok(error instanceof OrderlogError);
    assert.equal(error.code, 'INVALID_ARGUMENT');
    return error;
  }
  throw new assert.AssertionError({ message: 'not refused' });
}
const fieldsOf = (error: OrderlogError) => error.violations.map(({ field }) => field);

/** A request whose `reason` (field 2) is these bytes. */
const withReason = (...reason: number[]) =>
  new BinaryWriter()
    .raw(encode({ reason: '' }))
    .tag(2, WireType.LengthDelimited)
    .bytes(Uint8Array.from(reason))
    .finish();

const isUuid = (rules: FieldRules | undefined): boolean => {
  if (rules?.type.case === 'repeated') return isUuid(rules.type.value.items);
  return rules?.type.case === 'string' && rules.type.value.wellKnown.case === 'uuid';
};

/** Fields that are not looked for: in a list, a oneof, or a message within the request. */
function hiddenUuids(type: DescMessage, isTop = true, seen = new Set<DescMessage>()): readonly string[] {
  if (seen.has(type)) return [];
  seen.add(type);
  return type.fields.flatMap((field) => {
    if (field.message) return hiddenUuids(field.message, false, seen);
    const isFound = isTop && field.fieldKind === 'scalar' && field.oneof === undefined;
    return isUuid(getOption(field, fieldRules)) && !isFound ? [`${type.typeName}.${field.name}`] : [];
  });
}

describe('request validation', () => {
  it('has rules that compile for every method of the contract', () => {
    for (const file of descriptors().registry.files) {
      for (const service of file.services) {
        for (const method of service.methods) createRequestCheck(method.input);
      }
    }
  });

  it('finds each UUID of the contract, to lower it: at the top of its request', () => {
    const methods = [...descriptors().registry.files].flatMap(({ services }) =>
      services.flatMap((service) => service.methods),
    );
    assert.deepEqual(
      methods.flatMap(({ input }) => hiddenUuids(input)),
      [],
    );
  });

  it('names every field that breaks a rule, by its proto name', () => {
    const error = refusal(encode({ parkedId: '1', reason: '', operatorId: 'a b' }));
    assert.deepEqual(fieldsOf(error), ['parked_id', 'reason', 'operator_id']);
    assert.match(error.message, /^parked_id: must be a valid UUID \(and 2 more\)$/);
  });

  it('refuses bytes that are no such message', () => {
    for (const bytes of [Uint8Array.of(0xff), encode({}).subarray(0, 20), Uint8Array.of(0x0a, 0x05, 1)]) {
      assert.equal(refusal(bytes).reason, 'UNREADABLE_REQUEST');
    }
  });

  it('refuses a known field in another wire type: decoders would not agree on what it says', () => {
    const inWireType = (wireType: WireType) => {
      const writer = new BinaryWriter().raw(encode({})).tag(2, wireType);
      return (wireType === WireType.Varint ? writer.uint32(9) : writer.fixed64(9n)).finish();
    };
    for (const wireType of [WireType.Varint, WireType.Bit64]) {
      assert.deepEqual(fieldsOf(refusal(inWireType(wireType))), ['reason']);
    }
    // One decoder reads nine letters here, another one a number and a field that it does not know.
    const letters = Buffer.from('A12345678');
    const two = new BinaryWriter()
      .raw(encode({ operatorId: '' }))
      .tag(3, WireType.Varint)
      .uint32(9)
      .raw(letters);
    assert.deepEqual(fieldsOf(refusal(two.finish())), ['operator_id']);
  });

  it('hands on the very message that the rules saw', () => {
    const place = createRequestCheck(requestTypeOf('/orderlog.order.v1.OrderService/PlaceOrder'));
    const total = { currencyCode: 'EUR', units: 5n, nanos: 0 };
    const request = {
      requestId: randomUUID(),
      customerId: 'ada',
      paymentToken: 'tok_ok',
      expectedTotal: total,
    };
    const bytes = PlaceOrderRequest.encode(
      PlaceOrderRequest.fromPartial({ ...request, lines: [{ sku: 'SKU-1', quantity: 1 }] }),
    ).finish();
    // A message that comes twice is merged; the decoder behind would have kept the second, which is empty.
    const twice = new BinaryWriter().raw(bytes).tag(5, WireType.LengthDelimited).bytes(new Uint8Array());
    assert.deepEqual(PlaceOrderRequest.decode(place(twice.finish()).bytes).expectedTotal, total);
  });

  it('cuts times to the millisecond, so that none is rounded out of the year 9999', () => {
    const reserve = createRequestCheck(requestTypeOf('/orderlog.catalog.v1.CatalogService/ReserveItems'));
    const ids = { requestId: randomUUID(), orderId: randomUUID(), customerId: 'ada' };
    const bytes = ReserveItemsRequest.encode(
      ReserveItemsRequest.fromPartial({ ...ids, lines: [{ sku: 'SKU-1', quantity: 1 }] }),
    ).finish();
    const last = new BinaryWriter().tag(1, WireType.Varint).int64(253_402_300_799n);
    const deadline = last.tag(2, WireType.Varint).int32(999_999_999).finish();
    const asked = new BinaryWriter().raw(bytes).tag(6, WireType.LengthDelimited).bytes(deadline).finish();
    const read = ReserveItemsRequest.decode(reserve(asked).bytes).deadline;
    assert.equal(read?.toISOString(), '9999-12-31T23:59:59.999Z');
  });

  it('refuses text that is not UTF-8, lone surrogates among it, and NUL', () => {
    for (const reason of [
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0x61, 0x00, 0x62],
    ]) {
      assert.deepEqual(fieldsOf(refusal(withReason(...reason))), ['reason']);
    }
  });

  it('refuses what looks like a card number, and does not repeat it', () => {
    const error = refusal(encode({ reason: 'paid with 4111 1111 1111 1111' }));
    assert.deepEqual(fieldsOf(error), ['reason']);
    assert.doesNotMatch(JSON.stringify(error) + error.message, /1111/);
  });

  it('looks at a field that is sent twice, of which the last counts, twice', () => {
    const twice = Buffer.concat([encode({ reason: '4111111111111111' }), encode({})]);
    assert.deepEqual(fieldsOf(refusal(twice)), ['reason']);
  });

  it('refuses a time that is no valid Date', () => {
    const type = descriptors().registry.getMessage('orderlog.ops.v1.ParkedEvent');
    assert.ok(type);
    const PARK_TIME = 10;
    const withSeconds = (seconds: bigint) => {
      const time = new BinaryWriter().tag(1, WireType.Varint).int64(seconds).finish();
      return new BinaryWriter().tag(PARK_TIME, WireType.LengthDelimited).bytes(time).finish();
    };
    assert.deepEqual(scanRequest(type, withSeconds(1_700_000_000n)), []);
    assert.equal(scanRequest(type, withSeconds(2n ** 60n))[0]?.field, 'park_time');
  });

  it('answers any bytes with a fingerprint or a refusal', () => {
    const request = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // Well-formed but for one byte.
      fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
        const bytes = encode({});
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(request, (bytes) => {
        try {
          assert.equal(check(bytes).fingerprint.length, 32);
        } catch (error) {
          assert.equal((error as OrderlogError).code, 'INVALID_ARGUMENT');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('names nested fields by their path', () => {
    const type = descriptors().registry.getMessage('google.rpc.BadRequest');
    assert.ok(type);
    const fieldViolations = ['fine', '4111111111111111'].map((description) => ({
      field: '',
      description,
      reason: '',
      localizedMessage: undefined,
    }));
    const [violation] = scanRequest(type, BadRequest.encode({ fieldViolations }).finish());
    assert.equal(violation?.field, 'field_violations[1].description');
  });

  it('refuses a flood of values before it decodes them', () => {
    const type = requestTypeOf('/orderlog.ops.v1.OpsService/GetRelayStatus');
    const unknown = new Uint8Array(4 * 1024 * 1024).map((_, index) => (index % 2 === 0 ? 0x08 : 0x01));
    assert.match(
      scanRequest(type, unknown)[0]?.description ?? '',
      new RegExp(`at most ${MAX_VALUES} values`),
    );
  });

  it('refuses what is nested too deeply', () => {
    const type = descriptors().registry.getMessage('google.protobuf.DescriptorProto');
    assert.ok(type);
    const NESTED_TYPE = 3;
    let bytes: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 200; depth += 1) {
      bytes = new BinaryWriter().tag(NESTED_TYPE, WireType.LengthDelimited).bytes(bytes).finish();
    }
    assert.throws(() => scanRequest(type, bytes), /nested deeper/);
  });
});

describe('fingerprints', () => {
  it('are equal for equal requests, whatever order the fields came in', () => {
    const parts = [1, 2, 3].map((field) => {
      const value = [good.parkedId, good.reason, good.operatorId][field - 1] ?? '';
      return new BinaryWriter().tag(field, WireType.LengthDelimited).string(value).finish();
    });
    assert.deepEqual(check(Buffer.concat(parts)), check(Buffer.concat(parts.toReversed())));
    assert.equal(check(Buffer.concat(parts)).fingerprint.length, 32);
  });

  it('are equal in whatever case the ids are spelled, as are the bytes that are handled', () => {
    const cancel = createRequestCheck(requestTypeOf('/orderlog.order.v1.OrderService/CancelOrder'));
    const [requestId, orderId, message] = [randomUUID(), randomUUID(), 'As Ada wished'];
    const asked = (ids: { readonly requestId: string; readonly orderId: string }) =>
      cancel(CancelOrderRequest.encode({ ...ids, message }).finish());
    const spelt = asked({ requestId: requestId.toUpperCase(), orderId: orderId.toUpperCase() });
    assert.deepEqual(spelt, asked({ requestId, orderId }));
    assert.deepEqual(CancelOrderRequest.decode(spelt.bytes), { requestId, orderId, message });
    const parkedId = good.parkedId.toUpperCase();
    assert.deepEqual(check(encode({ parkedId })), check(encode({})));
  });

  it('differ where any field does, unknown ones included', () => {
    const unknown = Buffer.concat([
      encode({}),
      new BinaryWriter().tag(99, WireType.Varint).uint32(1).finish(),
    ]);
    const all = [encode({}), encode({ reason: 'another' }), unknown].map((bytes) =>
      Buffer.from(check(bytes).fingerprint).toString('hex'),
    );
    assert.equal(new Set(all).size, 3);
  });
});
