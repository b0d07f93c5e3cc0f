/**
 * Takes what the provider tells by itself: checks the signature, reads it, and runs the command that it is through the queue of
 * Payment's rpcs, under a request id derived from what is told. So a charge whose answer was lost is settled by its webhook, and
 * a delivery that comes again, or late, changes nothing.
 *
 * What it answers is an HTTP status for the provider: 204 done (or nothing to do), 400 not the provider's, 404 no such payment
 * here (it is sent again), 503 not now (it is sent again).
 */
import { createHash } from 'node:crypto';
import { OrderlogError } from '../../../platform/errors.ts';
import { derivedId } from '../../../platform/ids.ts';
import { bodyRefusal } from '../../../platform/signedBody.ts';
import type { ServiceParts } from '../../../platform/writeService/spec.ts';
import type { PaymentCommand } from '../domain/commands.ts';
import type { PaymentCase } from '../domain/state.ts';
import type { NewsFormat, ProviderNews } from '../provider/news.ts';
import { readPayment } from '../readPayment.ts';
import { verdictOn } from './command.ts';

export interface WebhookParts
  extends Pick<ServiceParts<PaymentCase, PaymentCommand>, 'db' | 'queue' | 'logger' | 'refusal'> {
  readonly format: NewsFormat;
  /** Each may have signed. */
  readonly secrets: readonly string[];
}

export interface WebhookAnswer {
  readonly status: 204 | 400 | 404 | 503;
  /** For a person to read. */
  readonly detail?: string;
}

/** How long a command of theirs may wait. */
const TAKE_TIMEOUT_MS = 10_000;

export async function takeWebhook(
  parts: WebhookParts,
  body: Buffer,
  signature: string,
): Promise<WebhookAnswer> {
  const { logger } = parts;
  const refused = bodyRefusal(parts.secrets, signature, body, Date.now());
  if (refused !== undefined) {
    logger.warn({ why: refused }, "a webhook is not the provider's");
    return { status: 400, detail: refused };
  }
  let news: ProviderNews | undefined;
  try {
    news = parts.format.read(JSON.parse(body.toString()));
  } catch {
    logger.warn('a webhook with a right signature cannot be read');
    return { status: 400, detail: "the body is no event of the provider's" };
  }
  if (!news) return { status: 204 };
  try {
    return await take(parts, news, body.length);
  } catch (error) {
    return answerTo(parts, news, error);
  }
}

async function take(parts: WebhookParts, news: ProviderNews, bytes: number): Promise<WebhookAnswer> {
  const closed = parts.refusal();
  if (closed) throw closed;
  const { orderId, kind, key } = news;
  const payment = await readPayment(parts.db, orderId);
  if (!payment) return { status: 404, detail: `order ${orderId} has no payment` };
  const verdict = verdictOn(news, payment.state);
  if ('alarm' in verdict) {
    parts.logger.error(
      { orderId, kind, key, answer: news.answer },
      `a webhook is not taken: ${verdict.alarm}`,
    );
  }
  if (!('command' in verdict)) return { status: 204 };
  const told = JSON.stringify(news.answer);
  await parts.queue.submit({
    command: verdict.command,
    request: {
      caller: 'provider',
      method: 'webhook',
      requestId: derivedId(`webhook/${key}/${told}`),
      fingerprint: createHash('sha256').update(told).digest(),
    },
    reply: () => new Uint8Array(),
    bytes,
    signal: AbortSignal.timeout(TAKE_TIMEOUT_MS),
  });
  return { status: 204 };
}

/** A refusal by the decider stands, however often it is asked: it is an alarm for whoever reads the log. */
function answerTo(
  { logger }: WebhookParts,
  { orderId, answer }: ProviderNews,
  error: unknown,
): WebhookAnswer {
  if (error instanceof OrderlogError && error.code === 'FAILED_PRECONDITION') {
    logger.error({ orderId, answer, err: error }, 'a webhook is not taken: it contradicts what is known');
    return { status: 204 };
  }
  logger.warn({ orderId, err: error }, 'a webhook cannot be taken now');
  return { status: 503, detail: 'not now: send it again' };
}
