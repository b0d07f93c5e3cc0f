/** An HTTP proxy in front of Elasticsearch that refuses some items of each bulk request with 429, as a full queue does. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BulkProxy {
  readonly port: number;
  refused(): number;
  close(): void;
}

/** `every`: of how many items one is refused. */
export async function refuseBulkItems(target: string, every: number): Promise<BulkProxy> {
  let seen = 0;
  let refused = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const isBulk = (request.url ?? '').includes('_bulk');
      const items = isBulk ? itemsOf(body) : [];
      const kept = items.filter(() => ++seen % every !== 0);
      refused += items.length - kept.length;
      const answer =
        isBulk && kept.length === 0
          ? { status: 200, type: JSON_TYPE, text: JSON.stringify({ took: 0, errors: false, items: [] }) }
          : await forward(target, request, isBulk ? kept.map(({ text }) => text).join('') : body);
      const text =
        isBulk && answer.status === 200 ? withRefusals(answer.text, items, new Set(kept)) : answer.text;
      response.writeHead(answer.status, {
        'content-type': answer.type,
        'x-elastic-product': 'Elasticsearch',
      });
      response.end(text);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    refused: () => refused,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const JSON_TYPE = 'application/vnd.elasticsearch+json;compatible-with=8';

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function forward(target: string, request: IncomingMessage, body: string) {
  const response = await fetch(new URL(request.url ?? '/', target), {
    method: request.method ?? 'GET',
    headers: {
      accept: request.headers.accept ?? '*/*',
      ...(request.headers['content-type'] && { 'content-type': request.headers['content-type'] }),
    },
    ...(body !== '' && { body }),
  });
  const type = response.headers.get('content-type') ?? JSON_TYPE;
  return { status: response.status, type, text: await response.text() };
}

type Action = Readonly<Record<string, { readonly _index?: string; readonly _id?: string }>>;
interface Item {
  readonly action: Action;
  /** Its lines. */
  readonly text: string;
}

function itemsOf(body: string): Item[] {
  const lines = body.split('\n').filter((line) => line !== '');
  const items: Item[] = [];
  for (let n = 0; n < lines.length; ) {
    const action = JSON.parse(lines[n] ?? '') as Action;
    const length = 'delete' in action ? 1 : 2;
    items.push({ action, text: `${lines.slice(n, n + length).join('\n')}\n` });
    n += length;
  }
  return items;
}

/** The answer that Elasticsearch would have given. */
function withRefusals(text: string, items: readonly Item[], kept: ReadonlySet<Item>): string {
  const answer = JSON.parse(text) as { errors: boolean; items: unknown[] };
  const answered = answer.items.values();
  const all = items.map((item) => (kept.has(item) ? answered.next().value : refusal(item)));
  return JSON.stringify({ ...answer, errors: answer.errors || kept.size < items.length, items: all });
}

const refusal = ({ action }: Item): object =>
  Object.fromEntries(
    Object.entries(action).map(([verb, { _index, _id }]) => [
      verb,
      {
        _index,
        _id,
        status: 429,
        error: { type: 'es_rejected_execution_exception', reason: 'the queue is full' },
      },
    ]),
  );
