import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { after, before, describe, it } from 'mocha';
import { NOW } from '../../platform/deciderTesting.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { derivedId, eventIdOf } from '../../platform/ids.ts';
import { moneyOf } from '../../platform/money.ts';
import { type Keyring, seal } from '../../platform/sealing.ts';
import type { Task } from '../../platform/tasks.ts';
import { type Ledger, openLedger } from '../sandbox/ledger.ts';
import { createSandboxServer } from '../sandbox/server.ts';
import { chargeTask } from './chargeTask.ts';
import { paymentIdOf } from './domain/commands.ts';
import { amount, context } from './domain/samples.testing.ts';
import { createHttpProvider } from './provider/httpProvider.ts';
import { type LookupAnswer, type Provider, ProviderUnknown } from './provider/provider.ts';
import { newChargeTask } from './tasks.ts';

const tokenKeys: Keyring = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
const never = new AbortController().signal;

/** A provider that must not be called. */
const noCalls: Pick<Provider, 'charge' | 'lookup'> = {
  charge: () => assert.fail('charged'),
  lookup: () => assert.fail('looked up'),
};
const DAY_MS = 86_400_000;

/** The task that a charge of this order with this token makes. */
function taskFor(orderId: string, token: string, sealedFor = orderId): Task {
  const sealedPaymentToken = seal(tokenKeys, token, sealedFor);
  const paymentId = paymentIdOf(orderId);
  const started = {
    context: { ...context, orderId, sealedPaymentToken },
    paymentId,
    amount: moneyOf(amount),
  };
  return { ...newChargeTask(started), attempts: 1, createdAt: NOW, ageMs: 0 };
}

describe('the charge task', () => {
  let folder: string;
  let ledger: Ledger;
  let sandbox: FastifyInstance;
  let provider: Provider;
  /** Does not wait for tok_timeout. */
  let impatient: Provider;
  let count = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orderlog-charge-'));
    ledger = await openLedger(folder);
    sandbox = createSandboxServer(ledger, { lateMs: 5_000 });
    const url = await sandbox.listen({ host: '127.0.0.1', port: 0 });
    provider = createHttpProvider({ url, timeoutMs: 10_000 });
    impatient = createHttpProvider({ url, timeoutMs: 1_000 });
  });
  after(async () => {
    await sandbox.close();
    await ledger.close();
    rmSync(folder, { recursive: true });
  });

  const charge = async (token: string) => {
    count += 1;
    const orderId = derivedId(`order/a charge/${count}`);
    const asked = token === 'tok_timeout' ? impatient : provider;
    const result = await chargeTask({ tokenKeys, provider: asked, reviewAfterMs: DAY_MS })(
      taskFor(orderId, token),
      never,
    );
    assert.ok('command' in result);
    const entry = ledger.find('charge', paymentIdOf(orderId));
    return { orderId, result, entry };
  };

  it("charges the amount with the opened token, under the payment's id", async () => {
    const { orderId, result, entry } = await charge('tok_ok');
    assert.deepEqual(result, {
      command: { type: 'RecordCaptured', orderId, providerReference: entry?.id },
      cause: { stream: 'PAYMENTS', eventId: eventIdOf('payment', paymentIdOf(orderId), 1) },
    });
    assert.deepEqual([entry?.amountMinor, entry?.currency, entry?.orderId], ['3780', 'EUR', orderId]);
  });

  it('records a decline, and only a decline, as one', async () => {
    const { orderId, result } = await charge('tok_declined');
    assert.deepEqual(result.command, {
      type: 'RecordDeclined',
      orderId,
      declineCode: 'card_declined',
      message: 'the card was declined',
    });
  });

  it('gets to the capture behind failures, and behind an answer that comes too late', async () => {
    const before = ledger.page(0, 100).length;
    for (const token of ['tok_flaky', 'tok_timeout']) {
      assert.equal((await charge(token)).result.command.type, 'RecordCaptured');
    }
    assert.equal(ledger.page(0, 100).length, before + 2);
  });

  it('asks again later where the answer is unknown: as the provider says, or later each time', async () => {
    const task = taskFor(derivedId('order/a charge/unknown'), 'tok_ok');
    const unknown = (retryAfterMs?: number) =>
      chargeTask({
        tokenKeys,
        reviewAfterMs: DAY_MS,
        provider: {
          ...noCalls,
          charge: () =>
            Promise.reject(new ProviderUnknown('hm', retryAfterMs === undefined ? {} : { retryAfterMs })),
        },
      });
    assert.deepEqual(await unknown(5_000)(task, never), { againAfterMs: 5_000, error: 'hm' });
    for (const [attempts, min, max] of [
      [1, 1_000, 2_000],
      [3, 4_000, 8_000],
      [50, 30_000, 60_000],
    ] as const) {
      const result = await unknown()({ ...task, attempts }, never);
      assert.ok('againAfterMs' in result && result.againAfterMs >= min && result.againAfterMs <= max);
    }
  });

  it('calls nobody with a token that was sealed for another order', async () => {
    const stolen = taskFor(derivedId('order/a charge/mine'), 'tok_ok', derivedId('order/a charge/yours'));
    await assert.rejects(
      chargeTask({ tokenKeys, provider: noCalls, reviewAfterMs: DAY_MS })(stolen, never),
      (error) => error instanceof OrderlogError && error.reason === 'SEAL_BROKEN',
    );
  });

  describe('when the provider may soon forget the key', () => {
    const orderId = derivedId('order/a charge/old');
    const message = `no definite answer to 9 calls since ${NOW.toISOString()}`;
    const old = { ...taskFor(orderId, 'tok_ok'), attempts: 9, ageMs: DAY_MS };
    const lookingUp = (lookup: () => Promise<LookupAnswer>) =>
      chargeTask({ tokenKeys, provider: { ...noCalls, lookup }, reviewAfterMs: DAY_MS })(old, never);

    it('charges nothing any more, and records what looking it up definitely tells', async () => {
      const captured = await lookingUp(async () => ({ kind: 'captured', reference: 'ch_1' }));
      assert.ok('command' in captured);
      assert.deepEqual(captured.command, { type: 'RecordCaptured', orderId, providerReference: 'ch_1' });
      const declined = await lookingUp(async () => ({ kind: 'declined', code: 'c', message: 'm' }));
      assert.ok('command' in declined);
      assert.equal(declined.command.type, 'RecordDeclined');
    });

    it('asks for a review where it is not found, which is no answer, or not told', async () => {
      const notFound = await lookingUp(async () => ({ kind: 'notFound' }));
      const unknown = await lookingUp(() => Promise.reject(new ProviderUnknown('hm')));
      for (const [result, why] of [
        [notFound, '; the provider finds no such charge'],
        [unknown, ', and none to looking it up'],
      ] as const) {
        assert.ok('command' in result);
        const command = { type: 'RecordReviewNeeded', orderId, message: message + why };
        assert.deepEqual(result.command, command);
      }
    });

    it('only waits while the breaker is open: the provider has not been asked', async () => {
      const open = new ProviderUnknown('open', { retryAfterMs: 5_000, wasNotAsked: true });
      const result = await lookingUp(() => Promise.reject(open));
      assert.deepEqual(result, { againAfterMs: 5_000, error: 'open' });
    });

    it('asks again later, and for no review, while the provider says that it is at it', async () => {
      const atIt = new ProviderUnknown('processing', { retryAfterMs: 7_000, isInProgress: true });
      const result = await lookingUp(() => Promise.reject(atIt));
      assert.deepEqual(result, { againAfterMs: 7_000, error: 'processing' });
    });

    it('finds at the provider what became of it', async () => {
      const lost = taskFor(derivedId('order/a charge/lost'), 'tok_timeout');
      const parts = { tokenKeys, provider, reviewAfterMs: DAY_MS };
      await chargeTask({ ...parts, provider: impatient })(lost, never);
      const result = await chargeTask(parts)({ ...lost, ageMs: DAY_MS }, never);
      assert.ok('command' in result && result.command.type === 'RecordCaptured');
    });
  });
});
