-- What cancelling, refunding and reviewing a payment must remember beside its status.
alter table payments
  -- Why a cancellation waits for the review of a charge; null: none waits.
  add column cancel_message text,
  -- The attempt at a refund that is under way.
  add column refund_attempt integer check (refund_attempt > 0);

-- The operators' list; few at any time.
create index payments_in_review on payments (payment_id) where status = 'needsReview';
