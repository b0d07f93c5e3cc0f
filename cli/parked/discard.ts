/** `orderlog parked discard`: gives one event up, for a reason that is kept. */
import { OrderlogError } from '../../platform/errors.ts';
import { shortName } from '../../platform/events.ts';
import { messageJson } from '../../platform/messageJson.ts';
import { DiscardParkedEventResponse } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { complain } from '../complain.ts';
import { print } from './json.ts';
import { askEach, notParked, type OpsOf } from './services.ts';

const CALL_TIMEOUT_MS = 60_000;

export interface DiscardOptions {
  readonly reason: string;
  readonly operator: string;
  readonly json?: true;
}

/** Returns the exit code. */
export async function discard(
  services: readonly OpsOf[],
  parkedId: string,
  { reason, operator, json }: DiscardOptions,
): Promise<number> {
  const request = { parkedId, reason, operatorId: operator };
  const done = await askEach(services, ({ ops }) =>
    ops.discardParkedEvent(request, { timeoutMs: CALL_TIMEOUT_MS }).catch(undefinedIfUnknown),
  );
  if (!done?.event) return notParked(services, parkedId);
  const { event, replay } = done;
  if (json) {
    const bytes = DiscardParkedEventResponse.encode(done).finish();
    print(messageJson('orderlog.ops.v1.DiscardParkedEventResponse', bytes));
    return replay?.error ? 1 : 0;
  }
  const name = `${shortName(event.type)} (${event.stream} ${event.sequence}) of ${event.aggregateId}`;
  process.stdout.write(`discarded ${name}\n`);
  if (!replay || replay.replayed + replay.stillParked === 0) return 0;
  const counts = `${replay.replayed} handled, ${replay.stillParked} still parked`;
  process.stdout.write(`behind it: ${counts}\n`);
  if (replay.error === '') return 0;
  complain(`orderlog: ${replay.failedParkedId} failed again: ${replay.error}\n`);
  return 1;
}

function undefinedIfUnknown(error: unknown): undefined {
  if (error instanceof OrderlogError && error.reason === 'PARKED_EVENT_UNKNOWN') return undefined;
  throw error;
}
