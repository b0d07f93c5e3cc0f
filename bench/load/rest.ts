/** Waits until the sagas of what was accepted have been heard by everybody. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../cli/start/system.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';

const REST_WITHIN_MS = 180_000;

/** Until every consumer has read its stream to the end. */
export async function rest({ addresses: { order, catalog, payment } }: System): Promise<void> {
  const clients = [order, catalog, payment].map((address) => createClient(OpsServiceService, address));
  try {
    for (const endMs = performance.now() + REST_WITHIN_MS; ; await sleep(200)) {
      const statuses = await Promise.all(clients.map((client) => client.getConsumerStatus({})));
      const behind = statuses
        .flatMap(({ ranges }) => ranges)
        .filter(({ sequence, streamLastSequence }) => sequence < streamLastSequence);
      if (behind.length === 0) return;
      if (performance.now() > endMs) throw new Error(`no rest within ${REST_WITHIN_MS} ms`);
    }
  } finally {
    for (const client of clients) client.close();
  }
}
