import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, it } from 'mocha';
import { routes } from '../rest/table.ts';
import { openApiDocument } from './openapi.ts';
import { judgeOf, operationsOf } from './schema.testing.ts';

describe('the OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(routes)));
  const judge = judgeOf(document);
  const operation = (id: string) => {
    const found = operationsOf(document).find(({ operation: { operationId } }) => operationId === id);
    assert.ok(found, id);
    return found.operation;
  };
  const parameter = (id: string, name: string) =>
    operation(id).parameters.find((each) => each.name === name)?.schema;
  const bodyOf = (id: string) => {
    const schema = operation(id).requestBody?.content['application/json']?.schema;
    return schema as { required?: string[]; properties: Record<string, { $ref?: string; pattern?: string }> };
  };

  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(document.openapi, '3.1.0');
  });

  it('names every route, and each of them once', () => {
    assert.equal(operationsOf(document).length, routes.length);
    assert.equal(new Set(routes.map(({ operationId }) => operationId)).size, routes.length);
  });

  for (const { method, path, operation: each } of operationsOf(document)) {
    it(`has examples that are as it says: ${method} ${path}`, () => {
      for (const { name, schema, example } of each.parameters) {
        if (example !== undefined) judge(schema, example, name);
      }
      const contents = [
        ...Object.values(each.responses).map(({ content }) => content),
        each.requestBody?.content,
      ];
      for (const { schema, example } of contents.flatMap((content) => Object.values(content ?? {}))) {
        if (example !== undefined) judge(schema, example, each.operationId);
      }
    });
  }

  it("has the contract's rules", () => {
    const { required, properties } = bodyOf('placeOrder');
    assert.deepEqual(required, ['customerId', 'lines', 'paymentToken']);
    assert.equal(properties.customerId?.pattern, '^[A-Za-z0-9_-]{1,64}$');
    assert.partialDeepStrictEqual(properties.lines, { type: 'array', minItems: 1, maxItems: 100 });
    assert.deepEqual(Object.keys(properties), [
      'customerId',
      'lines',
      'paymentToken',
      'expectedTotal',
      'sagaMode',
    ]);
    assert.deepEqual(parameter('placeOrder', 'Idempotency-Key'), { type: 'string', format: 'uuid' });
    assert.deepEqual(parameter('searchOrders', 'page_size'), {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 100,
    });
    assert.deepEqual(bodyOf('cancelOrder').required, undefined);
    assert.deepEqual(bodyOf('adjustStock').required, ['delta']);
    assert.equal(operation('placeOrder').responses['422'] !== undefined, true);
  });

  it('asks of each caller what the contract asks', () => {
    const { type, scheme, bearerFormat } = document.components.securitySchemes.bearer;
    assert.deepEqual([type, scheme, bearerFormat], ['http', 'bearer', 'JWT']);
    const [placing, anyToken, open] = ['placeOrder', 'getCaller', 'healthz'].map(operation);
    assert.deepEqual(placing?.security, [{ bearer: ['orders:write'] }, { bearer: ['orders:own'] }]);
    assert.match(placing?.description ?? '', /`orders:write`, or `orders:own` for what is the caller's own/);
    assert.deepEqual([anyToken?.security, open?.security], [[{ bearer: [] }], []]);
    for (const { operation: each } of operationsOf(document)) {
      const isOpen = each.security.length === 0;
      assert.equal('401' in each.responses, !isOpen, each.operationId);
      const asksScope = each.security.some(({ bearer = [] }) => bearer.length > 0);
      assert.equal('403' in each.responses, asksScope, each.operationId);
    }
  });

  it("has the contract's words", () => {
    const { schemas } = document.components;
    assert.equal(schemas['orderlog.query.v1.OrderView'].description, 'An order as readers see it.');
    assert.match(
      schemas['orderlog.order.v1.OrderStatus'].description,
      /- `ORDER_STATUS_REJECTED`: Catalog could not reserve, nothing was charged: an end\./,
    );
    assert.match(schemas['google.protobuf.Timestamp'].format, /date-time/);
    assert.equal(schemas['orderlog.catalog.v1.Item'].properties.onHand.type, 'string');
  });
});
