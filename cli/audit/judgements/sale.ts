/** A completed order: one capture of its exact total, a confirmed reservation of its lines; if refunded, both undone. */
import { amountText, isSame } from '../amounts.ts';
import type { Findings } from '../finding.ts';
import { only, type Story, standing } from '../story.ts';

export function judgeSale(story: Story, findings: Findings): void {
  const { orderId, order, payment } = story;
  const [completed] = only(order, 'OrderCompleted');
  if (!completed) return;
  const subject = `order ${orderId}`;
  const { total } = completed.data;
  const where = standing(story);

  const captures = only(payment, 'PaymentProcessed');
  if (captures.length !== 1) {
    findings.violation(subject, `it completed with ${captures.length} captured payments`, where);
  }
  const amounts: Record<string, string> = { total: amountText(total) };
  const compare = (name: string, amount: typeof total) => {
    if (!isSame(amount, total)) amounts[name] = amountText(amount);
  };
  for (const { data } of captures) compare('captured', data.amount);
  for (const { data } of only(order, 'OrderPaid')) compare('paid', data.amount);
  for (const { data } of only(order, 'OrderItemsReserved')) compare('noted', data.total);
  for (const { data } of only(story.reservation, 'ItemsReserved')) compare('reserved', data.total);
  if (Object.keys(amounts).length > 1) findings.violation(subject, 'its amounts differ', amounts);

  for (const { data } of only(order, 'OrderPaid')) {
    if (data.paymentId === payment.streamId) continue;
    const evidence = { paid: data.paymentId, payment: payment.streamId };
    findings.violation(subject, 'it was paid by a payment of another order', evidence);
  }
  judgeGoods(story, findings);
  judgeMoney(story, findings);
}

function judgeGoods(story: Story, findings: Findings): void {
  const { order, reservation } = story;
  const wanted = order.status === 'refunded' ? 'returned' : 'confirmed';
  if (reservation.status !== wanted) {
    const what = order.status === 'refunded' ? 'was refunded' : 'completed';
    const message = `it ${what}, and its reservation is ${reservation.status} instead of ${wanted}`;
    findings.violation(`order ${story.orderId}`, message, standing(story));
  }
  const reserved = linesText(only(reservation, 'ItemsReserved')[0]?.data.lines);
  const settled = [...only(reservation, 'ReservationConfirmed'), ...only(reservation, 'ReservationReturned')];
  for (const { type, data } of settled) {
    const lines = linesText(data.lines);
    if (lines === reserved) continue;
    const message = `${type} is about other goods than were reserved`;
    findings.violation(`order ${story.orderId}`, message, { reserved, settled: lines });
  }
}

type Lines = readonly { readonly sku: string; readonly quantity: number | bigint }[];

const linesText = (lines: Lines = []): string =>
  lines
    .map(({ sku, quantity }) => `${quantity} ${sku}`)
    .sort()
    .join(', ');

function judgeMoney(story: Story, findings: Findings): void {
  const { orderId, order, payment } = story;
  const subject = `order ${orderId}`;
  const where = standing(story);
  for (const { data } of only(order, 'OrderRefunded')) {
    const [back] = only(payment, 'PaymentRefunded');
    if (!back || isSame(back.data.amount, data.amount)) continue;
    const amounts = { told: amountText(data.amount), refunded: amountText(back.data.amount) };
    findings.violation(subject, 'it tells of another refund than was made', amounts);
  }
  if (order.status === 'refunded') {
    if (payment.status !== 'refunded')
      findings.violation(subject, 'it is refunded, its payment is not', where);
    return;
  }
  if (payment.status === 'refunded') {
    findings.violation(subject, 'its payment is refunded, and the order does not know', where);
  }
}
