/** Puts the demo catalog into an empty catalog, as soon as the Catalog service serves. */

import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlogError } from '../../platform/errors.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { asCaller } from '../token/own.ts';
import { fillEmptyCatalog } from './demoCatalog.ts';

const WITHIN_MS = 60_000;
const POLL_MS = 50;

/** Returns how many items it added. `address` is the Catalog service's. */
export async function fillDemoCatalog(address: string, signal: AbortSignal): Promise<number> {
  const catalog = createClient(CatalogServiceService, address, asCaller);
  const endsAtMs = performance.now() + WITHIN_MS;
  try {
    for (;;) {
      try {
        return await fillEmptyCatalog(catalog);
      } catch (error) {
        // Up is not yet serving: it matches its log with its database first. A repeat adds nothing twice.
        const mayPass = error instanceof OrderlogError && error.code === 'UNAVAILABLE';
        if (!mayPass || performance.now() > endsAtMs) throw error;
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    catalog.close();
  }
}
