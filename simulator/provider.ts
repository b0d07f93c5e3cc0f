/** The payment provider: keeps a ledger for ever, and remembers keys for a day. When it answers, providerCalls.ts says. */
import {
  type ChargeAnswer,
  KEY_RETENTION_SECONDS,
  type LookupAnswer,
  type Provider,
  type ProviderCharge,
  type ProviderRefund,
  type RefundAnswer,
} from '../services/payment/provider/provider.ts';
import { strikes } from './transact.ts';
import type { Replica, World } from './world.ts';

export interface Capture extends Omit<ProviderCharge, 'token'> {
  readonly reference: string;
  /** How many commits there were before it. */
  readonly commit: number;
}

export interface RefundEntry extends ProviderRefund {
  readonly reference: string;
  readonly commit: number;
}

type AnyAnswer = ChargeAnswer | RefundAnswer | LookupAnswer;

/** A call that waits for the schedule. */
export interface ProviderCall {
  readonly label: string;
  readonly caller: Replica;
  readonly run: () => AnyAnswer;
  readonly resolve: (answer: AnyAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export interface SimProvider {
  isDown: boolean;
  readonly captures: Capture[];
  readonly refunds: RefundEntry[];
  readonly calls: ProviderCall[];
  /** Calls that their callers gave up, and that arrive all the same. */
  readonly late: ProviderCall[];
  /** The provider as a replica's tasks see it. */
  seenBy(caller: Replica): Provider;
}

export const DECLINED_TOKEN = 'tok_declined';

export function createProvider(world: () => World): SimProvider {
  const answers = new Map<string, { readonly answer: AnyAnswer; readonly atMs: number }>();
  /** The same key, the same answer, as long as it is remembered. */
  function remembered<A extends AnyAnswer>(key: string, make: () => A): A {
    const known = answers.get(key);
    if (known && world().nowMs - known.atMs < KEY_RETENTION_SECONDS * 1_000) return known.answer as A;
    const answer = make();
    answers.set(key, { answer, atMs: world().nowMs });
    return answer;
  }

  const charge = ({ token, ...wish }: ProviderCharge) =>
    remembered(`charge ${wish.key}`, (): ChargeAnswer => {
      if (token === DECLINED_TOKEN) return { kind: 'declined', code: 'card_declined', message: 'declined' };
      const reference = `ch_${provider.captures.length + 1}`;
      provider.captures.push({ ...wish, reference, commit: world().commits });
      return { kind: 'captured', reference };
    });
  const refund = (wish: ProviderRefund) =>
    remembered(`refund ${wish.key}`, (): RefundAnswer => {
      const refused = { kind: 'refused', code: 'refused', message: 'not now' } as const;
      if (strikes(world(), 'providerRefusesRefund', wish.chargeReference)) return refused;
      const capture = provider.captures.find(({ reference }) => reference === wish.chargeReference);
      const refunded = provider.refunds
        .filter(({ chargeReference }) => chargeReference === wish.chargeReference)
        .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
      if (!capture || refunded + wish.amountMinor > capture.amountMinor) return refused;
      const reference = `re_${provider.refunds.length + 1}`;
      provider.refunds.push({ ...wish, reference, commit: world().commits });
      return { kind: 'refunded', reference };
    });
  // The ledger is kept for ever; only the keys are forgotten.
  const lookup = (key: string): LookupAnswer => {
    const { answer } = answers.get(`charge ${key}`) ?? {};
    if (answer?.kind !== 'captured') return answer?.kind === 'declined' ? answer : { kind: 'notFound' };
    const refunded = provider.refunds.find(({ chargeReference }) => chargeReference === answer.reference);
    return { ...answer, ...(refunded && { refundReference: refunded.reference }) };
  };

  const provider: SimProvider = {
    isDown: false,
    captures: [],
    refunds: [],
    calls: [],
    late: [],
    seenBy(caller) {
      const call = <A extends AnyAnswer>(label: string, run: () => A): Promise<A> => {
        const { promise, resolve, reject } = Promise.withResolvers<A>();
        provider.calls.push({ label, caller, run, resolve: resolve as ProviderCall['resolve'], reject });
        return promise;
      };
      return {
        charge: (wish) => call(`the charge of ${wish.key}`, () => charge(wish)),
        refund: (wish) => call(`the refund of ${wish.chargeReference}`, () => refund(wish)),
        lookup: (key) => call(`the lookup of ${key}`, () => lookup(key)),
      };
    },
  };
  return provider;
}
