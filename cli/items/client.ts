/** The Catalog service, for one command. */

import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { CatalogServiceService, type Item } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { addressesOf } from '../addresses.ts';
import { asCaller } from '../token/own.ts';

export type CatalogClient = GrpcClient<typeof CatalogServiceService>;

const MAX_PAGE = 1_000;

/** `address` unset: as `npm start` lays it out. */
export async function withCatalog<T>(
  address: string | undefined,
  work: (client: CatalogClient) => Promise<T>,
): Promise<T> {
  const client = createClient(
    CatalogServiceService,
    address ?? addressesOf(process.env.ORDERLOG_PORT_BASE).catalog,
    asCaller,
  );
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** All items by SKU, page by page. */
export async function* itemPages(client: CatalogClient): AsyncGenerator<readonly Item[]> {
  let pageToken = '';
  do {
    const page = await client.listItems({ pageSize: MAX_PAGE, pageToken });
    yield page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
