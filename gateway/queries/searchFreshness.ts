/** Searching until a write can be found. */
import { awaitVersion, behindInSearch, type QueryCall, readOptions, remainingMs } from './freshness.ts';
import type { FoundOrders, OrderReadModel, SearchPage } from './orderReadModel.ts';
import type { WantedVersion } from './wantedVersion.ts';

/** For callers without a deadline. */
const MAX_WAIT_MS = 10_000;
/** Kept for the answer, of what is left until the deadline. */
const ANSWER_MS = 100;

/**
 * What is found in a state of the index that has the wanted version. Throws OrderlogError READ_MODEL_BEHIND at the call's
 * deadline, or what reading throws.
 */
export async function searchAtLeast(
  model: OrderReadModel,
  page: Omit<SearchPage, 'seek'>,
  wanted: WantedVersion | undefined,
  call: QueryCall,
): Promise<FoundOrders> {
  if (!wanted) return model.search(page, readOptions(call));
  const endsAt = performance.now() + Math.min(MAX_WAIT_MS, remainingMs(call.deadline) - ANSWER_MS);
  await awaitVersion(model, wanted, call);
  for (;;) {
    const found = await model.search({ ...page, seek: wanted.orderId }, readOptions(call));
    if (found.soughtVersion >= wanted.version) return found;
    if (performance.now() >= endsAt) throw behindInSearch(wanted, found);
    await model.refresh(readOptions(call));
    call.signal.throwIfAborted();
  }
}
