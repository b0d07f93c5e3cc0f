/** What arguments may be, and what is said of those that may not. */
import { InvalidArgumentError } from 'commander';
import { shortName } from '../../platform/events.ts';
import { descriptors } from '../../platform/grpc/descriptors.ts';
import { nearestName } from '../../platform/nearestName.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';

const MAX_NUMBER = 1_000_000;

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_NUMBER) return value;
  throw new InvalidArgumentError(`give a whole number from 1 to ${MAX_NUMBER}`);
}

/** With its zone: a time without one means another moment elsewhere. */
export function time(text: string): Date {
  const parsed = new Date(text);
  if (/(Z|UTC|[+-]\d{2}:?\d{2})$/i.test(text) && !Number.isNaN(parsed.getTime())) return parsed;
  throw new InvalidArgumentError('give a time with its zone, such as 2026-01-02T03:04:05Z');
}

const MONEY = /^(\d{1,18})(?:\.(\d{1,9}))? ?([A-Z]{3})?$/;
const NANO_DIGITS = 9;
const DEFAULT_CURRENCY = 'EUR';

/** `9.90`, or `9.90 USD`. */
export function money(text: string): Money {
  const [, units, fraction = '', currencyCode = DEFAULT_CURRENCY] = MONEY.exec(text) ?? [];
  if (units === undefined) throw new InvalidArgumentError('give an amount such as 9.90, or "9.90 USD"');
  return { currencyCode, units: BigInt(units), nanos: Number(fraction.padEnd(NANO_DIGITS, '0')) };
}

/** A full name as it is, a short one as the contract has it. */
export function eventType(text: string): string {
  if (text.includes('.')) return text;
  const files = [...descriptors().registry.files].filter(({ name }) => name.endsWith('/events'));
  const types = files.flatMap(({ messages }) => messages.map(({ typeName }) => typeName));
  const full = types.find((type) => shortName(type) === text);
  if (full) return full;
  const near = nearestName(text, types.map(shortName));
  throw new InvalidArgumentError(near ? `no such event: did you mean ${near}?` : 'no such event');
}
