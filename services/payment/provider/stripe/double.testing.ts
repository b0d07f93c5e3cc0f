/**
 * A double of Stripe's REST interface for tests: PaymentIntents and Refunds over real HTTP, with keys that remember their first
 * answer, failures included, and say so. What goes wrong next is said by `next`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DoubleCall {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

export interface DoubleAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What happens to a call: answered so without being done; or done, and the answer lost (or never given). */
export type Trouble = DoubleAnswer | 'lost' | 'hangs';

export interface StripeDouble {
  readonly url: string;
  readonly calls: readonly DoubleCall[];
  readonly intents: Map<string, Record<string, unknown>>;
  readonly refunds: Map<string, Record<string, unknown>>;
  /** What the search still says of intents: it is late. */
  readonly late: Map<string, Record<string, unknown>>;
  /** For the calls to come, one each. */
  readonly next: Trouble[];
  /** How an intent is that takes the money, when it is made. */
  intentStatus: string;
  /** How a refund is when it is made. */
  refundStatus: string;
  close(): void;
}

export const stripeError = (
  status: number,
  type: string,
  code: string,
  more: Readonly<Record<string, string>> = {},
): DoubleAnswer => ({
  status,
  body: { error: { type, code, message: `${code}, says the double`, ...more } },
});

export async function startStripeDouble(): Promise<StripeDouble> {
  const calls: DoubleCall[] = [];
  const remembered = new Map<string, DoubleAnswer>();
  const double = {
    calls,
    intents: new Map<string, Record<string, unknown>>(),
    refunds: new Map<string, Record<string, unknown>>(),
    late: new Map<string, Record<string, unknown>>(),
    next: [] as Trouble[],
    intentStatus: 'succeeded',
    refundStatus: 'succeeded',
  };
  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    calls.push(call);
    const trouble = double.next.shift();
    if (typeof trouble === 'object') {
      // Stripe remembers its own failures too.
      if (call.key && trouble.status >= 500) remembered.set(call.key, trouble);
      return send(response, trouble);
    }
    const known = call.key === undefined ? undefined : remembered.get(call.key);
    const answer = known ?? answerTo(double, call);
    if (call.key !== undefined) remembered.set(call.key, answer);
    if (trouble === 'hangs') return undefined;
    if (trouble === 'lost') return response.destroy();
    return send(response, answer, known !== undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(double, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
}

async function readCall(request: IncomingMessage): Promise<DoubleCall> {
  let text = '';
  for await (const chunk of request) text += chunk;
  const { pathname, search } = new URL(request.url ?? '', 'http://stripe');
  const key = request.headers['idempotency-key'];
  return {
    method: request.method ?? '',
    path: pathname,
    key: request.method === 'POST' && typeof key === 'string' ? key : undefined,
    authorization: request.headers.authorization,
    form: new URLSearchParams(text === '' ? search : text),
  };
}

function send(response: ServerResponse, { status, body }: DoubleAnswer, isReplayed = false): void {
  const headers = {
    'content-type': 'application/json',
    'request-id': 'req_double',
    ...(isReplayed && { 'idempotent-replayed': 'true' }),
  };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

type Books = Pick<StripeDouble, 'intents' | 'refunds' | 'late' | 'intentStatus' | 'refundStatus'>;

function answerTo(books: Books, call: DoubleCall): DoubleAnswer {
  const { method, path, form } = call;
  if (method === 'POST' && path === '/v1/payment_intents') return makeIntent(books, form);
  if (method === 'POST' && path === '/v1/refunds') return makeRefund(books, form);
  if (path === '/v1/payment_intents/search') {
    const [, wanted] = /^metadata\['payment_id'\]:'([0-9a-f-]+)'$/.exec(form.get('query') ?? '') ?? [];
    const data = [...books.intents.values()]
      .filter(({ metadata }) => (metadata as Record<string, string>).payment_id === wanted)
      .map((each) => books.late.get(each.id as string) ?? each);
    return { status: 200, body: { object: 'search_result', data, has_more: false } };
  }
  if (path === '/v1/refunds') {
    const data = refundsOf(books, form.get('payment_intent')).reverse();
    return { status: 200, body: { object: 'list', data, has_more: false } };
  }
  const id = path.slice(path.lastIndexOf('/') + 1);
  const found = (path.startsWith('/v1/refunds/') ? books.refunds : books.intents).get(id);
  return found ? { status: 200, body: found } : stripeError(404, 'invalid_request_error', 'resource_missing');
}

const refundsOf = ({ refunds }: Pick<Books, 'refunds'>, intent: unknown) =>
  [...refunds.values()].filter((each) => each.payment_intent === intent);

const metadataOf = (form: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const [, key] = /^metadata\[(\w+)\]$/.exec(name) ?? [];
      return key === undefined ? [] : [[key, value]];
    }),
  );

const DECLINING = new Set(['pm_card_chargeDeclined', 'tok_chargeDeclined']);
const CAPTURING = new Set(['pm_card_visa', 'tok_visa']);

function makeIntent({ intents, intentStatus }: Books, form: URLSearchParams): DoubleAnswer {
  const method = form.get('payment_method');
  const token = method ?? form.get('payment_method_data[card][token]') ?? '';
  const id = `pi_${intents.size + 1}`;
  const intent: Record<string, unknown> = {
    id,
    object: 'payment_intent',
    amount: Number(form.get('amount')),
    currency: form.get('currency'),
    metadata: metadataOf(form),
    client_secret: `${id}_secret`,
    status: intentStatus,
    last_payment_error: null,
    latest_charge: { id: `ch_${intents.size + 1}`, object: 'charge', refunded: false },
  };
  if (CAPTURING.has(token)) {
    intents.set(id, intent);
    return { status: 200, body: { ...intent } };
  }
  if (!DECLINING.has(token)) {
    const what =
      method === null
        ? { param: 'payment_method_data[card][token]', message: `No such token: '${token}'` }
        : { param: 'payment_method', message: `No such PaymentMethod: '${token}'` };
    return stripeError(400, 'invalid_request_error', 'resource_missing', what);
  }
  const more = { decline_code: 'generic_decline', message: `Your card was declined (${token}).` };
  const answer = stripeError(402, 'card_error', 'card_declined', more);
  const { error } = answer.body as { error: unknown };
  intents.set(id, { ...intent, status: 'requires_payment_method', last_payment_error: error });
  return answer;
}

function makeRefund({ intents, refunds, refundStatus }: Books, form: URLSearchParams): DoubleAnswer {
  const intent = intents.get(form.get('payment_intent') ?? '');
  if (!intent)
    return stripeError(404, 'invalid_request_error', 'resource_missing', { param: 'payment_intent' });
  const amount = Number(form.get('amount'));
  const taken = refundsOf({ refunds }, intent.id)
    .filter(({ status }) => status !== 'failed' && status !== 'canceled')
    .reduce((sum, each) => sum + Number(each.amount), amount);
  if (taken - amount >= Number(intent.amount)) {
    return stripeError(400, 'invalid_request_error', 'charge_already_refunded');
  }
  if (taken > Number(intent.amount)) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge`;
    // As Stripe's own: without a code.
    return { status: 400, body: { error: { type: 'invalid_request_error', param: 'amount', message } } };
  }
  const id = `re_${refunds.size + 1}`;
  const refund = {
    id,
    object: 'refund',
    payment_intent: intent.id,
    amount,
    status: refundStatus,
    metadata: metadataOf(form),
  };
  refunds.set(id, refund);
  intent.latest_charge = { ...(intent.latest_charge as object), refunded: taken === intent.amount };
  return { status: 200, body: { ...refund } };
}
