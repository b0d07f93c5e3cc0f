import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ReviewResolution } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { type Finding, findingsOf } from './finding.ts';
import { judgeEntry, judgeUntold, type LedgerCharge } from './judgements/ledger.ts';
import { historyOf, ORDER_ID, PAYMENT_ID, type Step } from './stories.testing.ts';
import { only, storyOf } from './story.ts';

const entry: LedgerCharge = {
  kind: 'charge',
  key: PAYMENT_ID,
  id: 'ch_1',
  orderId: ORDER_ID,
  amountMinor: '3780',
  currency: 'EUR',
  status: 'declined',
};

const begun: readonly Step[] = ['OrderCreated', 'ItemsReserved', 'OrderItemsReserved', 'PaymentStarted'];

/** An order that was declined, its decline, and what is found when it is judged. */
function declined(...steps: readonly Step[]) {
  const story = storyOf(historyOf(...steps));
  const [decline] = only(story.payment, 'PaymentFailed');
  assert.ok(decline);
  const found: Finding[] = [];
  const findings = findingsOf('ledger', (finding) => found.push(finding));
  return { story, decline, findings, messages: () => found.map(({ message }) => message) };
}

describe("a decline and the provider's ledger", () => {
  it('are one where the ledger has it', () => {
    const { story, decline, findings, messages } = declined(...begun, 'PaymentFailed');
    assert.equal(judgeEntry(entry, story, findings), decline.stored.eventId);
    assert.deepEqual(messages(), []);
  });

  it('contradict where the ledger lacks it, or has taken money', () => {
    const { story, decline, findings, messages } = declined(...begun, 'PaymentFailed');
    judgeUntold(story, decline, findings);
    judgeEntry({ ...entry, status: 'captured' }, story, findings);
    assert.deepEqual(messages(), [
      "the provider's ledger does not have the decline that is recorded",
      'the provider took money, and Payment does not know',
    ]);
  });

  it('need not agree on what an operator found out', () => {
    const resolution = ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED;
    const { story, decline, findings, messages } = declined(
      ...begun,
      'PaymentNeedsReview',
      { type: 'PaymentReviewResolved', data: { resolution } },
      'PaymentFailed',
    );
    judgeUntold(story, decline, findings);
    assert.deepEqual(messages(), []);
  });
});
