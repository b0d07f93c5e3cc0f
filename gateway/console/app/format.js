/** How amounts, times, names and states are said to people. Pure. */

/** @import { Money } from './types.d.ts' */

const NANOS = 1_000_000_000;
const NONE = '–';

/** @param {Money | undefined} money */
export function money(money) {
  if (!money?.currencyCode) return NONE;
  const amount = amountOf(money);
  return new Intl.NumberFormat('en', { style: 'currency', currency: money.currencyCode }).format(amount);
}

/**
 * As a number: for showing and plotting, not for reckoning.
 * @param {Money | undefined} money
 */
export const amountOf = (money) => Number(money?.units ?? 0) + (money?.nanos ?? 0) / NANOS;

/** @param {number | string | undefined} value */
export const count = (value) => new Intl.NumberFormat('en').format(Number(value ?? 0));

/** @param {number} perSecond */
export const rate = (perSecond) =>
  perSecond >= 100 ? count(Math.round(perSecond)) : perSecond.toFixed(perSecond === 0 ? 0 : 1);

/** `1234` -> `1.2 s`. @param {number} ms */
export function millis(ms) {
  if (ms < 1) return ms === 0 ? '0 ms' : '<1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

/** protobuf JSON's `1.250s` in milliseconds. @param {string | undefined} duration */
export const millisOf = (duration) => (duration === undefined ? 0 : Number.parseFloat(duration) * 1_000);

/** @param {string | undefined} time */
export function clock(time) {
  if (!time) return NONE;
  return new Date(time).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });
}

/** A time that was chosen, as the interface takes it; what is none goes as it is, and is refused there. @param {string} text */
export function timeOf(text) {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

/** Of a plot: `21:42:31`. @param {number} seconds since 1970 */
export const secondsClock = (seconds) => new Date(seconds * 1_000).toLocaleTimeString('en-GB');

/** Of a plot: `26 Nov`, by UTC. @param {number} seconds since 1970 */
export const dayOf = (seconds) =>
  new Date(seconds * 1_000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** @param {string | undefined} time */
export function dateTime(time) {
  if (!time) return NONE;
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/**
 * @param {string | undefined} time
 * @param {number} [nowMs]
 */
export function ago(time, nowMs = Date.now()) {
  if (!time) return NONE;
  const seconds = Math.round((nowMs - Date.parse(time)) / 1_000);
  if (Math.abs(seconds) < 5) return 'now';
  const [value, unit] =
    Math.abs(seconds) < 90
      ? [seconds, 's']
      : Math.abs(seconds) < 5_400
        ? [Math.round(seconds / 60), 'min']
        : Math.abs(seconds) < 129_600
          ? [Math.round(seconds / 3_600), 'h']
          : [Math.round(seconds / 86_400), 'd'];
  return value < 0 ? `in ${-value} ${unit}` : `${value} ${unit} ago`;
}

/** `orderlog.order.v1.OrderCreated` -> `OrderCreated`. @param {string} name */
export const shortName = (name) => name.slice(name.lastIndexOf('.') + 1);

/** `orderlog.order.v1.OrderCreated` -> `order`. @param {string} name */
export const serviceOf = (name) => name.split('.')[1] ?? '';

/** The first part of a UUID. @param {string} id */
export const shortId = (id) => id.slice(0, 8);

/** `ORDER_STATUS_NEEDS_REVIEW` -> `Needs review`. @param {string | undefined} name @param {string} prefix */
export function enumWord(name, prefix) {
  const word = (name ?? '')
    .replace(prefix && `${prefix}_`, '')
    .replaceAll('_', ' ')
    .toLowerCase();
  return word === '' || word === 'unspecified' ? NONE : word[0]?.toUpperCase() + word.slice(1);
}

/** @param {string | undefined} status */
export const statusWord = (status) => enumWord(status, 'ORDER_STATUS');

/** In the order of an order's life. */
export const STATUSES = [
  'PENDING',
  'RESERVED',
  'PAID',
  'COMPLETED',
  'CANCELLING',
  'CANCELLED',
  'REJECTED',
  'REFUNDED',
  'NEEDS_REVIEW',
].map((status) => `ORDER_STATUS_${status}`);

/** @type {Readonly<Record<string, string>>} */
const TONES = {
  ORDER_STATUS_PENDING: 'info',
  ORDER_STATUS_RESERVED: 'info',
  ORDER_STATUS_PAID: 'busy',
  ORDER_STATUS_COMPLETED: 'good',
  ORDER_STATUS_CANCELLING: 'warn',
  ORDER_STATUS_CANCELLED: 'calm',
  ORDER_STATUS_REJECTED: 'bad',
  ORDER_STATUS_REFUNDED: 'calm',
  ORDER_STATUS_NEEDS_REVIEW: 'warn',
};

/** @param {string | undefined} status */
export const statusTone = (status) => TONES[status ?? ''] ?? 'calm';

const ENDED = ['COMPLETED', 'REJECTED', 'CANCELLED', 'REFUNDED'].map((status) => `ORDER_STATUS_${status}`);

/** @param {string} status */
export const hasEnded = (status) => ENDED.includes(status);
/** What has not been undone already. @param {string} status */
export const canBeCancelled = (status) => !hasEnded(status) || status === 'ORDER_STATUS_COMPLETED';
