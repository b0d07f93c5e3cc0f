/**
 * What a projector says over core NATS of the orders that it has just written, so that who waits for one need not look again and
 * again. Nobody relies on it: what is not heard is found by looking, later.
 */
export interface WrittenOrder {
  readonly orderId: string;
  readonly version: number;
}

/** `projection`: its name, which is the read model's. */
export const projectedSubject = (projection: string): string => `orderlog.projected.${projection}`;

/** A line an order. */
export const encodeProjected = (orders: Iterable<WrittenOrder>): string =>
  [...orders].map(({ orderId, version }) => `${orderId} ${version}`).join('\n');

/** Lines that say nothing are passed over: whoever may write here is trusted no further than to cause a read. */
export const decodeProjected = (text: string): readonly WrittenOrder[] =>
  text.split('\n').flatMap((line) => {
    const [orderId = '', digits = ''] = line.split(' ');
    const version = Number(digits);
    return orderId && Number.isSafeInteger(version) && version > 0 ? [{ orderId, version }] : [];
  });
