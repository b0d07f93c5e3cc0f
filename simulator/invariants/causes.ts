/** Which events are only ever made because another event told it so: as the audit of a real system has it. */
import { needsCause } from '../../cli/audit/judgements/causes.ts';
import { shortName } from '../../platform/events.ts';
import type { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { CommittedEvent } from '../store.ts';
import type { SimService } from '../world.ts';

interface Driven {
  readonly type: string;
  readonly data: { readonly context?: { readonly mode: SagaMode } };
}

export function lacksCause({ parts }: SimService, stored: CommittedEvent): boolean {
  const { type, version, payload, cause } = stored;
  if (cause) return false;
  const event = parts.model.codec.decode(type, payload) as Driven | undefined;
  return needsCause(shortName(type), version, event?.data.context?.mode);
}
