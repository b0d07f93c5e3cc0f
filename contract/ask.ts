/** Calls that prepare what a case needs: they must be accepted, and are asked again while nobody can be reached. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { baseline, type Values } from './generate/baseline.ts';
import type { Image } from './image.ts';
import { describeOutcome } from './say.ts';
import { fieldValue } from './status.ts';
import { rpcAt, type TargetName, type Targets } from './targets.ts';

/** A state that could not be made. */
export class StateError extends Error {}

const ENDS_WITHIN_MS = 60_000;
const POLL_MS = 50;
const MAX_TRIES = 20;

/** The answer. Throws StateError. */
export async function askFor(
  image: Image,
  targets: Targets,
  name: TargetName,
  methodName: string,
  values: Values,
): Promise<ReflectMessage> {
  const target = targets[name];
  const method = target.services[0]?.methods.find((each) => each.name === methodName);
  if (!method) throw new Error(`no rpc ${methodName} at ${name}`);
  const { path, title } = rpcAt(target, method);
  const bytes = toBinary(method.input, baseline(method.input, values));
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await target.wire.call(path, bytes);
    const [answer] = outcome.answers;
    if (outcome.code === 'OK' && answer) return reflect(method.output, fromBinary(method.output, answer));
    const mayPass = outcome.code === 'UNAVAILABLE' || outcome.code === 'RESOURCE_EXHAUSTED';
    if (!mayPass || attempt >= MAX_TRIES) {
      throw new StateError(`cannot prepare by ${title}: ${describeOutcome(image, outcome)}`);
    }
    await sleep(POLL_MS * attempt);
  }
}

/** Throws StateError for an order that ends otherwise, or not in time. */
export async function untilCompleted(orderId: string, get: () => Promise<ReflectMessage>): Promise<void> {
  const untilMs = performance.now() + ENDS_WITHIN_MS;
  for (;;) {
    const order = fieldValue(await get(), 'order') as ReflectMessage;
    const status = order.fields.find(({ name }) => name === 'status');
    const number = Number(fieldValue(order, 'status'));
    const end = status?.enum?.values.find((value) => value.number === number)?.name ?? String(number);
    if (end === 'ORDER_STATUS_COMPLETED') return;
    if (performance.now() > untilMs || /REJECTED|CANCELLED|REFUNDED/.test(end)) {
      throw new StateError(
        `order ${orderId} should complete within ${ENDS_WITHIN_MS / 1_000} s, and is ${end}`,
      );
    }
    await sleep(POLL_MS);
  }
}
