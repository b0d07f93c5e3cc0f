/**
 * How orders ended, held against what was asked for: an order completes unless its card is declined, its stock has run out,
 * its customer asks for its end, or its deadline is over before it is paid.
 */
import type { Sources } from '../cli/audit/sources.ts';
import { only, paymentIdOf, type Story, storyOf } from '../cli/audit/story.ts';
import { readStreams } from '../platform/eventStore.ts';
import {
  CancellationReason,
  cancellationReasonToJSON,
  rejectionReasonToJSON,
} from '../proto/gen/orderlog/order/v1/types.ts';
import type { Acknowledged, Journal, Wish } from './journal.ts';

/** What orders went through. */
export interface Circumstances {
  /** May be sold out; of all others there is plenty. */
  readonly scarceSku?: string | undefined;
  /** Deadlines are short. */
  readonly mayTimeOut?: boolean;
}

const PAGE = 500;
const COMPLETED = 'COMPLETED';
const DECLINED = 'CANCELLED PAYMENT_DECLINED';
const OUT_OF_STOCK = 'REJECTED OUT_OF_STOCK';
const BY_CUSTOMER = 'CANCELLED CUSTOMER_REQUEST';
const GIVEN_BACK = 'REFUNDED CUSTOMER_REQUEST';
const TIMED_OUT = 'CANCELLED TIMED_OUT';

/** What is wrong with the ends of the journal's orders. That one has not ended is for others to tell. */
export async function wrongEnds(
  { order, payment }: Pick<Sources['databases'], 'order' | 'payment'>,
  { placed, cancelled }: Journal,
  circumstances: Circumstances,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const all = [...placed.values()];
  for (let at = 0; at < all.length; at += PAGE) {
    const page = all.slice(at, at + PAGE);
    const ids = page.map(({ orderId }) => orderId);
    const orders = await readStreams(order, ids);
    const payments = await readStreams(payment, ids.map(paymentIdOf));
    for (const asked of page) {
      const { orderId } = asked;
      const story = storyOf({
        orderId,
        order: orders.get(orderId) ?? [],
        reservation: [],
        payment: payments.get(paymentIdOf(orderId)) ?? [],
      });
      wrong.push(...complaints(story, asked, cancelled.has(orderId), circumstances));
    }
  }
  return wrong;
}

function complaints(
  story: Story,
  { wish }: Acknowledged,
  isCancelled: boolean,
  circumstances: Circumstances,
): string[] {
  const end = endOf(story);
  if (!wish || end === undefined) return [];
  const { mode, paymentToken, sku, cancels } = wish;
  const subject = `order ${story.orderId} (${mode}, ${paymentToken}, ${sku}${cancels ? ', cancelled' : ''})`;
  const allowed = endsOf(wish, isCancelled, circumstances);
  if (!allowed.includes(end)) return [`${subject} is ${end}, and not ${allowed.join(' or ')}`];
  const why = end === TIMED_OUT ? whyNotOverdue(story) : undefined;
  return why === undefined ? [] : [`${subject} is ${end}, and ${why}`];
}

/** `isCancelled`: its customer was told that it will end. */
function endsOf(
  { paymentToken, sku, cancels }: Wish,
  isCancelled: boolean,
  { scarceSku, mayTimeOut }: Circumstances,
): readonly string[] {
  const isDeclined = paymentToken === 'tok_declined';
  const ends: (string | false)[] = [
    !isCancelled && (isDeclined ? DECLINED : COMPLETED),
    !isCancelled && sku === scarceSku && OUT_OF_STOCK,
    cancels && BY_CUSTOMER,
    cancels && !isDeclined && GIVEN_BACK,
    mayTimeOut === true && TIMED_OUT,
  ];
  return ends.filter((end) => end !== false);
}

/** By its last event that is an end; undefined: there is none. */
function endOf({ order: { events } }: Story): string | undefined {
  let end: string | undefined;
  for (const event of events) {
    if (event.type === 'OrderCompleted') end = COMPLETED;
    if (event.type === 'OrderRejected') end = `REJECTED ${short(rejectionReasonToJSON(event.data.reason))}`;
    if (event.type === 'OrderCancelled') end = `CANCELLED ${whyCancelled(event.data.reason)}`;
    if (event.type === 'OrderRefunded') end = `REFUNDED ${whyCancelled(event.data.reason)}`;
  }
  return end;
}

const short = (reason: string): string => reason.replace(/^[A-Z]+_REASON_/, '');
const whyCancelled = (reason: CancellationReason): string => short(cancellationReasonToJSON(reason));

/** A deadline acts once it is over, and only on what was not paid by then. undefined: it was right to. */
function whyNotOverdue({ order, payment }: Story): string | undefined {
  const deadline = order.events[0]?.data.context?.deadline;
  const asked = only(order, 'OrderCancellationRequested').find(
    ({ data }) => data.reason === CancellationReason.CANCELLATION_REASON_TIMED_OUT,
  );
  if (!deadline || !asked) return 'nothing asked for that';
  if (asked.stored.time < deadline) return 'its deadline was not over';
  const isPaid = only(payment, 'PaymentProcessed').some(({ stored }) => stored.time < deadline);
  return isPaid ? 'it was paid before its deadline' : undefined;
}
