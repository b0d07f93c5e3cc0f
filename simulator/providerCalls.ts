/** Calls on their way to the provider: answered at once, not at all, after the caller has given up, or with the answer lost. */
import { ProviderUnknown } from '../services/payment/provider/provider.ts';
import type { ProviderCall } from './provider.ts';
import { strikes } from './transact.ts';
import type { World } from './world.ts';

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
