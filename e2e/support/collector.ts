/** Takes traces by OTLP over HTTP, as a collector does, and keeps them to be looked at. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is the first of its trace here. */
  readonly parentId: string;
  readonly name: string;
  /** As in the protocol: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  /** service.name of the process. */
  readonly service: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** The traces and spans that it points at. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface Collector {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  /** All that was sent, as it was sent. */
  bodies(): readonly Buffer[];
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const received: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    bodies.push(body);
    if (request.url === '/v1/traces') received.push(...spansIn(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => received,
    bodies: () => bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Fields = ReadonlyMap<number, readonly Uint8Array[]>;

/** The fields of a message by their numbers; numbers as their bytes. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, Uint8Array[]>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value = type === WireType.LengthDelimited ? reader.bytes() : scalar(reader, type);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const scalar = (reader: BinaryReader, type: WireType): Uint8Array =>
  type === WireType.Varint ? Buffer.from(String(reader.uint64())) : reader.skip(type, 0);

const all = (fields: Fields, number: number): readonly Fields[] => (fields.get(number) ?? []).map(fieldsOf);
const text = (fields: Fields, number: number): string =>
  Buffer.from(fields.get(number)?.[0] ?? []).toString();
const hex = (fields: Fields, number: number): string =>
  Buffer.from(fields.get(number)?.[0] ?? []).toString('hex');

/** Numbers of fields as in opentelemetry/proto/trace/v1/trace.proto. */
function spansIn(request: Uint8Array): readonly ReceivedSpan[] {
  return all(fieldsOf(request), 1).flatMap((ofResource) => {
    const resource = all(ofResource, 1).map((each) => attributesOf(each, 1))[0];
    const service = resource?.get('service.name') ?? '';
    return all(ofResource, 2).flatMap((ofScope) =>
      all(ofScope, 2).map((span) => ({
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        parentId: hex(span, 4),
        name: text(span, 5),
        kind: Number(text(span, 6)),
        service,
        attributes: attributesOf(span, 9),
        links: all(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
      })),
    );
  });
}

/** Texts and whole numbers, which are all that are looked at. */
const attributesOf = (fields: Fields, number: number): ReadonlyMap<string, string> =>
  new Map(
    all(fields, number).map((pair) => {
      const value = all(pair, 2)[0] ?? new Map();
      return [text(pair, 1), text(value, 1) || text(value, 3)];
    }),
  );
