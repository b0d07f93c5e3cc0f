import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Money } from '../proto/gen/google/type/money.ts';
import { SagaContext, SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import type { LogMessage } from './log/headers.ts';
import { choreographed, definePolicies, required } from './policies.ts';

const message = { sequence: 7 } as LogMessage;

describe('policies', () => {
  const { codec, react } = definePolicies<{ Money: typeof Money }, string>(
    'google.type',
    { Money },
    {
      Money: ({ currencyCode }, { sequence }) =>
        currencyCode ? `${currencyCode} at ${sequence}` : undefined,
    },
  );

  it('turn an event into a command, or into nothing', () => {
    const event = (currencyCode: string) => {
      const decoded = codec.decode(
        'google.type.Money',
        Money.encode(Money.fromPartial({ currencyCode })).finish(),
      );
      assert.ok(decoded);
      return decoded;
    };
    assert.deepEqual(react(event('EUR'), message), ['EUR at 7']);
    assert.deepEqual(react(event(''), message), []);
  });

  it('pass over types that they do not know', () =>
    assert.equal(codec.decode('google.type.Date', Buffer.from([])), undefined));

  it('act on choreography only', () => {
    const inMode = (mode: number) => ({ context: SagaContext.fromPartial({ mode: mode as SagaMode }) });
    const own = inMode(SagaMode.SAGA_MODE_CHOREOGRAPHY);
    assert.equal(choreographed(own), own.context);
    for (const mode of [0, SagaMode.SAGA_MODE_ORCHESTRATION, SagaMode.SAGA_MODE_DIRECT, 99]) {
      assert.equal(choreographed(inMode(mode)), undefined);
    }
  });

  it('throw where an event lacks what every event of its kind has, so that it parks', () => {
    assert.throws(() => choreographed({ context: undefined }), /lacks context/);
    assert.throws(() => required(undefined, 'total'), /lacks total/);
    assert.equal(required(0, 'total'), 0);
  });
});
