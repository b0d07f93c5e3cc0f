/** `orderlog payments review`: the payments whose outcome only an operator can find out. */
import { formatMoney } from '../../platform/money.ts';
import { ownToken } from '../token/own.ts';
import { type PaymentClient, paymentPages } from './client.ts';
import { paymentJson } from './json.ts';

/** Prints one line a payment, the oldest of a page first, and how to settle them. */
export async function review(client: PaymentClient, json: boolean): Promise<void> {
  let count = 0;
  for await (const page of paymentPages(client, true)) {
    for (const payment of page.toSorted(byAge)) {
      if (json) {
        process.stdout.write(`${JSON.stringify(paymentJson(payment))}\n`);
        continue;
      }
      const { orderId, amount, updateTime, message } = payment;
      const since = updateTime?.toISOString() ?? '';
      const money = amount ? formatMoney(amount) : '';
      process.stdout.write(`${orderId}  ${since}  ${money.padStart(14)}  ${message}\n`);
    }
    count += page.length;
  }
  if (json) return;
  // Whoever has a token is who decides.
  const operator = ownToken(process.env) === undefined ? ' --operator <id>' : '';
  process.stdout.write(
    count === 0
      ? 'no payment needs a review\n'
      : `\n${count} to settle: look each up at the provider, then\n  orderlog payments resolve <order> --as captured|not-charged|refunded-elsewhere --evidence <text>${operator}\n`,
  );
}

const byAge = (a: { updateTime?: Date | undefined }, b: { updateTime?: Date | undefined }): number =>
  (a.updateTime?.getTime() ?? 0) - (b.updateTime?.getTime() ?? 0);
