import assert from 'node:assert/strict';
import { create, type DescMessage, toJson } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { describe, it } from 'mocha';
import { descriptors } from '../grpc/descriptors.ts';
import { markedFields, markOf } from './marks.ts';
import { redactMessage, type Viewer } from './messages.ts';

const typeNamed = (name: string): DescMessage => {
  const type = descriptors().registry.getMessage(name);
  assert.ok(type, name);
  return type;
};

/** Whoever adds such a field says what of it may be shown. */
const NEVER_UNMARKED = /^(?:payment_token|sealed_|customer_id|operator_id|evidence|e?_?mail|phone|address)/;

describe('the marks of the contract', () => {
  it('stand on every token and on everything that names a person', () => {
    const types = [...descriptors().registry].filter((type): type is DescMessage => type.kind === 'message');
    const fields = types
      .filter(({ typeName }) => typeName.startsWith('orderlog.'))
      .flatMap((type) => type.fields)
      .filter((field) => NEVER_UNMARKED.test(field.name) || field.message?.name === 'SealedToken');
    assert.ok(fields.length > 10);
    assert.deepEqual(
      fields.filter((field) => !markOf(field)).map(({ parent, name }) => `${parent.typeName}.${name}`),
      [],
    );
  });

  it('are of texts and of messages: what else could be put in their place?', () => {
    for (const { field } of markedFields())
      assert.ok(['scalar', 'message'].includes(field.fieldKind), field.name);
  });
});

describe('a message', () => {
  const context = { orderId: 'o', customerId: 'ada', sealedPaymentToken: { keyId: 'k1' } };
  const seenBy = (viewer: Viewer) => {
    const type = typeNamed('orderlog.order.v1.OrderCancelled');
    const sealed = create(typeNamed('orderlog.saga.v1.SealedToken'), { keyId: 'k1' } as never);
    const whole = create(typeNamed('orderlog.saga.v1.SagaContext'), {
      ...context,
      sealedPaymentToken: sealed,
    } as never);
    const message = create(type, { context: whole, message: 'call me: 0170 1234', reason: 2 } as never);
    redactMessage(reflect(type, message), viewer);
    return toJson(type, message);
  };

  it('shows a reader of the order all but secrets', () => {
    assert.deepEqual(seenBy('reader'), {
      context: { orderId: 'o', customerId: 'ada' },
      message: 'call me: 0170 1234',
      reason: 'CANCELLATION_REASON_CUSTOMER_REQUEST',
    });
  });

  it('shows an operator nothing about a person either', () => {
    assert.deepEqual(seenBy('operator'), {
      context: { orderId: 'o', customerId: '[redacted]' },
      message: '[redacted]',
      reason: 'CANCELLATION_REASON_CUSTOMER_REQUEST',
    });
  });
});
