/**
 * The read model holds every order at its version, and what a document says is what the projector's own code makes of the
 * order's events. Orders and documents are read side by side in the order of their ids.
 */
import type { Elasticsearch } from '../../../platform/elasticsearch/client.ts';
import type { DocumentHead } from '../../../platform/elasticsearch/readModel.ts';
import { readStreams } from '../../../platform/eventStore.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import type { OrderDocument } from '../../../projector/orders/document.ts';
import { ordersIndex } from '../../../projector/orders/mapping.ts';
import { ordersProjection } from '../../../projector/orders/projection.ts';
import { differences } from '../canonical.ts';
import type { Invariant, Report } from '../invariant.ts';
import type { Look } from '../look.ts';
import { readAhead } from '../readAhead.ts';
import { countOf, keysAfter } from '../snapshot.ts';

type Document = OrderDocument & DocumentHead;

const PAGE = 200;

export const readModel: Invariant = {
  name: 'read model',
  promise: 'the same orders, at the same versions, as the projection of their events',
  skipped: ({ elasticsearch }) => (elasticsearch ? undefined : 'no address of Elasticsearch is known'),
  async check(look, report) {
    const { elasticsearch: es } = look;
    if (!es) return;
    const total = await countOf(look.databases.order, 'orders');
    let done = 0;
    for await (const page of readAhead(pages(look, es))) {
      comparePage(look, page, report);
      done += page.orderIds.length;
      report.progress(done, total);
    }
  },
};

interface Page {
  readonly orderIds: readonly string[];
  readonly streams: ReadonlyMap<string, readonly StoredEvent[]>;
  readonly documents: readonly Document[];
}

async function* pages({ databases: { order } }: Look, es: Elasticsearch): AsyncGenerator<Page> {
  for (let after: string | undefined; ; ) {
    const [orderIds, documents] = await Promise.all([
      keysAfter(order.tx, 'orders', 'order_id', after, PAGE),
      documentsAfter(es, after),
    ]);
    // Beyond the end of a full page either side may have more.
    const ends = [orderIds, documents.map(({ orderId }) => orderId)].flatMap((ids) =>
      ids.length === PAGE ? (ids.at(-1) ?? []) : [],
    );
    const bound = ends.sort()[0];
    const isWithin = (id: string) => bound === undefined || id <= bound;
    const within = orderIds.filter(isWithin);
    yield {
      orderIds: within,
      streams: await readStreams(order.tx, within),
      documents: documents.filter(({ orderId }) => isWithin(orderId)),
    };
    if (bound === undefined) return;
    after = bound;
  }
}

async function documentsAfter(es: Elasticsearch, after: string | undefined): Promise<readonly Document[]> {
  const { hits } = await es.search<Document>({
    index: ordersIndex.alias,
    ignore_unavailable: true,
    size: PAGE,
    query: { term: { kind: 'document' } },
    sort: [{ orderId: 'asc' }],
    ...(after !== undefined && { search_after: [after] }),
  });
  return hits.hits.flatMap(({ _source }) => (_source ? [_source] : []));
}

function comparePage(look: Look, { orderIds, streams, documents }: Page, report: Report): void {
  const found = new Map(documents.map((document) => [document.orderId, document]));
  for (const orderId of orderIds) {
    compareOrder(look, orderId, streams.get(orderId) ?? [], found.get(orderId), report);
    found.delete(orderId);
  }
  for (const document of found.values()) {
    if (isYounger(look, document)) continue;
    const evidence = { version: document.version, sequence: document.sequence };
    report.violation(`order ${document.orderId}`, 'there is a document of it, and no such order', evidence);
  }
}

/** Written from what was published after the snapshot was taken. At rest nothing is: no document speaks for itself then. */
const isYounger = ({ streams, isAtRest }: Look, { sequence }: Document): boolean =>
  !isAtRest && sequence > (streams.order.before?.lastSequence ?? 0);

const projection = ordersProjection({
  getOrderHistory: () => Promise.reject(new Error('an audit folds what it has read')),
});

function compareOrder(
  look: Look,
  orderId: string,
  events: readonly StoredEvent[],
  document: Document | undefined,
  report: Report,
): void {
  const last = events.at(-1);
  if (!last || (document && isYounger(look, document))) return;
  if (last.time.getTime() >= look.settledBefore.getTime()) return;
  const subject = `order ${orderId}`;
  if (!document) {
    report.violation(subject, 'there is no document of it', { version: last.version });
  } else if (document.version !== last.version) {
    const evidence = { version: last.version, 'version of the document': document.version };
    report.violation(subject, 'its document is of another version', evidence);
  } else {
    const { kind: _kind, version: _version, sequence: _sequence, ...content } = document;
    const differing = differences(content, projected(orderId, events));
    if (Object.keys(differing).length === 0) return;
    const evidence = { version: last.version, ...differing };
    report.violation(subject, 'its document is not the projection of its events', evidence);
  }
}

/** What the document should say; a text, where the events cannot be projected. */
function projected(orderId: string, events: readonly StoredEvent[]): OrderDocument | string {
  try {
    let view: Parameters<typeof projection.project>[0];
    for (const { payload, ...stored } of events) {
      const event = projection.codec.decode(stored.type, payload);
      view = projection.project(view, { ...stored, streamId: orderId, event });
    }
    return view ? projection.toDocument(view) : 'no events';
  } catch (error) {
    return `its events cannot be projected: ${String(error)}`;
  }
}
