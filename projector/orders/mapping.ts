/** The orders index: strict, so that a field nobody thought of is an error and not a guess of Elasticsearch's. */
import type { IndexDefinition } from '../engine/projection.ts';
import type { OrderDocument } from './document.ts';

const properties = {
  // Answered as it is; whatever the contract adds to it needs no other mapping.
  view: { type: 'object', enabled: false },
  orderId: { type: 'keyword' },
  customerId: { type: 'keyword' },
  status: { type: 'keyword' },
  skus: { type: 'keyword' },
  // Prefixes make it findable while it is being typed.
  text: { type: 'text', index_prefixes: { min_chars: 2, max_chars: 10 } },
  // Not scaled_float, which not every distribution has: exact minor units, and the currency they are of.
  totalMinor: { type: 'long' },
  currency: { type: 'keyword' },
  createTime: { type: 'date' },
  updateTime: { type: 'date' },
} as const satisfies Record<keyof OrderDocument, unknown>;

export const ordersIndex: IndexDefinition = {
  alias: 'orders',
  version: 1,
  settings: {
    number_of_shards: 1,
    // One copy more as soon as there is a node to hold it.
    auto_expand_replicas: '0-1',
    // For search only: GET by id is realtime, and a search with a token refreshes. Set explicitly, or an index that nobody
    // searched for 30 s would not be refreshed at all.
    refresh_interval: '1s',
  },
  properties,
};
