/** The same order as calls that one can paste into a shell. Pure. */

/** @typedef {{ customerId: string, sku: string, quantity: number, paymentToken: string, sagaMode: string }} Wish */

/** The body of POST /v1/orders: the contract's message in protobuf JSON. @param {Wish} wish */
export const bodyOf = ({ customerId, sku, quantity, paymentToken, sagaMode }) => ({
  customerId,
  lines: [{ sku, quantity }],
  paymentToken,
  ...(sagaMode && { sagaMode }),
});

/** Of the caller's shell, as the command line has it: the console's own is shown nowhere. */
const TOKEN = `  -H "Authorization: Bearer $ORDERLOG_TOKEN" \\`;

/** @param {Wish} wish @param {{ origin: string, key: string, hasToken?: boolean }} where */
export const curlCall = (wish, { origin, key, hasToken = false }) =>
  [
    `curl -i ${origin}/v1/orders \\`,
    ...(hasToken ? [TOKEN] : []),
    `  -H 'content-type: application/json' \\`,
    `  -H 'Idempotency-Key: ${key}' \\`,
    `  -d ${quoted(JSON.stringify(bodyOf(wish)))}`,
  ].join('\n');

/** @param {Wish} wish @param {{ address: string, key: string, hasToken?: boolean }} where */
export function grpcCall(
  { customerId, sku, quantity, paymentToken, sagaMode },
  { address, key, hasToken = false },
) {
  const message = {
    request_id: key,
    customer_id: customerId,
    lines: [{ sku, quantity }],
    payment_token: paymentToken,
    ...(sagaMode && { saga_mode: sagaMode }),
  };
  return [
    `grpcurl -plaintext \\`,
    ...(hasToken ? [TOKEN] : []),
    `  -d ${quoted(JSON.stringify(message))} \\`,
    `  ${address} orderlog.order.v1.OrderService/PlaceOrder`,
  ].join('\n');
}

/** As one word of a POSIX shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
