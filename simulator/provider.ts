/**
 * The payment provider: keeps a ledger, remembers keys for a day, and answers each call once the schedule lets it: at once,
 * not at all, after the caller has given up, or with its answer lost.
 */
import {
  type ChargeAnswer,
  KEY_RETENTION_SECONDS,
  type LookupAnswer,
  type Provider,
  type ProviderCharge,
  type ProviderRefund,
  ProviderUnknown,
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

interface ProviderCall {
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
  /** Calls that wait for the schedule. */
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

export const providerActions = (world: World) => [
  ...world.provider.calls.map((call) => ({
    actor: 'provider',
    key: call,
    replica: undefined,
    isAsync: true,
    run: () => answer(world, call),
  })),
  ...world.provider.late.map((call) => ({
    actor: 'network',
    key: call,
    replica: undefined,
    run: () => arriveLate(world, call),
  })),
];

function answer(world: World, call: ProviderCall): void {
  const { provider } = world;
  provider.calls.splice(provider.calls.indexOf(call), 1);
  const isUnreachable = provider.isDown || strikes(world, 'providerUnreachable', call.label);
  if (isUnreachable) {
    giveUp(world, call, 'does not reach the provider');
    return;
  }
  if (strikes(world, 'providerLate', call.label)) {
    provider.late.push(call);
    giveUp(world, call, 'is given up on its way');
    return;
  }
  const result = call.run();
  if (strikes(world, 'providerAnswerLost', call.label)) {
    giveUp(world, call, `is ${result.kind}, which nobody hears`);
    return;
  }
  world.say(() => `${call.label} is ${result.kind}`);
  call.resolve(result);
}

function giveUp(world: World, { label, reject }: ProviderCall, what: string): void {
  world.say(() => `${label} ${what}`);
  reject(new ProviderUnknown('no definite answer'));
}

function arriveLate(world: World, call: ProviderCall): void {
  const { late } = world.provider;
  late.splice(late.indexOf(call), 1);
  const result = call.run();
  world.say(() => `${call.label} arrives late, and is ${result.kind}`);
}

/** No call is on its way for longer than a minute or so. */
export function endCalls(world: World): void {
  const { calls, late } = world.provider;
  for (const call of [...calls]) answer(world, call);
  for (const call of [...late]) arriveLate(world, call);
}
