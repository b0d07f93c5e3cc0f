import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { after, before, describe, it } from 'mocha';
import { NOW } from '../../platform/deciderTesting.ts';
import { derivedId, eventIdOf } from '../../platform/ids.ts';
import { moneyOf } from '../../platform/money.ts';
import type { Task } from '../../platform/tasks.ts';
import { type Ledger, openLedger } from '../sandbox/ledger.ts';
import { createSandboxServer } from '../sandbox/server.ts';
import { paymentIdOf, refundKeyOf } from './domain/commands.ts';
import { amount, context } from './domain/samples.testing.ts';
import { createHttpProvider } from './provider/httpProvider.ts';
import { type Provider, ProviderUnknown } from './provider/provider.ts';
import { refundTask } from './refundTask.ts';
import { newRefundTask } from './tasks.ts';

const never = new AbortController().signal;

function taskFor(orderId: string, providerReference: string, attempt = 1): Task {
  const paymentId = paymentIdOf(orderId);
  const facts = { context: { ...context, orderId }, paymentId, amount: moneyOf(amount) };
  const started = { ...facts, providerReference, attempt, message: 'changed my mind' };
  return {
    ...newRefundTask(started, { version: 3, time: NOW }),
    attempts: 1,
    createdAt: NOW,
    ageMs: 0,
  };
}

describe('the refund task', () => {
  let folder: string;
  let ledger: Ledger;
  let sandbox: FastifyInstance;
  let provider: Provider;
  let count = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orderlog-refund-'));
    ledger = await openLedger(folder);
    sandbox = createSandboxServer(ledger, { lateMs: 2_000 });
    const url = await sandbox.listen({ host: '127.0.0.1', port: 0 });
    provider = createHttpProvider({ url, timeoutMs: 300 });
  });
  after(async () => {
    await sandbox.close();
    await ledger.close();
    rmSync(folder, { recursive: true });
  });

  /** An order that is charged. */
  async function charged(token: string) {
    const orderId = derivedId(`order/a refund/${count++}`);
    const { currency, minor } = amount;
    const wish = { key: paymentIdOf(orderId), orderId, currency, amountMinor: minor, token };
    const answer = await provider.charge(wish, never);
    assert.ok(answer.kind === 'captured');
    return { orderId, reference: answer.reference };
  }
  const run = async (task: Task) => {
    const result = await refundTask({ provider })(task, never);
    assert.ok('command' in result);
    return result;
  };

  it("gives the money back under the attempt's key, once however often it is called", async () => {
    const { orderId, reference } = await charged('tok_ok');
    const task = taskFor(orderId, reference);
    const result = await run(task);
    assert.deepEqual(await run(task), result);
    const entry = ledger.find('refund', refundKeyOf(paymentIdOf(orderId), 1));
    const refundReference = entry?.id ?? '';
    assert.deepEqual(result, {
      command: { type: 'RecordRefunded', orderId, attempt: 1, refundReference },
      cause: { stream: 'PAYMENTS', eventId: eventIdOf('payment', paymentIdOf(orderId), 3) },
    });
    assert.equal(ledger.refundedMinor(reference), amount.minor);
  });

  it('records a definite refusal, and gives it back under the key of a later attempt', async () => {
    const { orderId, reference } = await charged('tok_refund_fails');
    const types: string[] = [];
    for (const attempt of [1, 2, 3])
      types.push((await run(taskFor(orderId, reference, attempt))).command.type);
    assert.deepEqual(types, ['RecordRefundRefused', 'RecordRefundRefused', 'RecordRefunded']);
    assert.equal(ledger.refundedMinor(reference), amount.minor);
  });

  it('takes the money for back where somebody else has given it back', async () => {
    const { orderId, reference } = await charged('tok_ok');
    const { currency, minor: amountMinor } = amount;
    const byHand = { key: `by hand ${orderId}`, orderId, chargeReference: reference, currency, amountMinor };
    const made = await provider.refund(byHand, never);
    assert.ok(made.kind === 'refunded');
    const { command } = await run(taskFor(orderId, reference));
    const refundReference = made.reference;
    assert.deepEqual(command, { type: 'RecordRefunded', orderId, attempt: 1, refundReference });
    assert.equal(ledger.refundedMinor(reference), amountMinor);
  });

  it('does not take the refund of another charge for that of this one', async () => {
    const parts: Pick<Provider, 'refund' | 'lookup'> = {
      refund: async () => ({ kind: 'refused', code: 'closed', message: 'no' }),
      lookup: async () => ({ kind: 'captured', reference: 'ch_other', refundReference: 're_other' }),
    };
    const result = await refundTask({ provider: parts })(taskFor('o', 'ch_1'), never);
    assert.ok('command' in result);
    assert.equal(result.command.type, 'RecordRefundRefused');
  });

  it('asks the provider for the id of the charge where it is not known here', async () => {
    const { orderId, reference } = await charged('tok_ok');
    await run(taskFor(orderId, ''));
    assert.equal(ledger.refundedMinor(reference), amount.minor);
    const unknown = await refundTask({ provider })(taskFor(derivedId('order/a refund/none'), ''), never);
    assert.ok('againAfterMs' in unknown && /does not tell the id/.test(unknown.error));
  });

  it('asks again under the same key where the answer is unknown', async () => {
    const refund = () => Promise.reject(new ProviderUnknown('hm', { retryAfterMs: 7 }));
    const result = await refundTask({ provider: { ...provider, refund } })(taskFor('o', 'ch_1'), never);
    assert.deepEqual(result, { againAfterMs: 7, error: 'hm' });
  });
});
