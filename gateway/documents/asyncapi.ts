/**
 * The AsyncAPI 3.0 document of the log: a channel for each stream, whose address is its subjects, and a message for each event
 * type, from the descriptor image. The option that says what part an event plays in the saga is `x-saga`.
 *
 * On the wire a payload is protobuf; its schema is that of the same message in JSON.
 */
import { type DescFile, type DescMessage, getOption, hasOption, toJson } from '@bufbuild/protobuf';
import { descriptors } from '../../platform/grpc/descriptors.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';
import type { Schema } from '../rest/route.ts';
import { commentOf } from './comments.ts';
import { headersOf } from './eventHeaders.ts';
import { exampleOf } from './examples.ts';
import { info } from './info.ts';
import { createSchemas, type Schemas } from './schemas.ts';

type Stream = typeof ORDERS | typeof CATALOG | typeof PAYMENTS;

const streams: readonly Stream[] = [ORDERS, CATALOG, PAYMENTS];
const SAGA_OPTION = 'orderlog.saga.v1.event';
const CONTENT_TYPE = 'application/protobuf';
const HEX = [...'0123456789abcdef'];

const description = `The log: every event of every service, once, in NATS JetStream, one stream a service. Published contract:
fields are added and never changed; readers pass over event types, fields and names of enums that they do not know.

- Events of one aggregate stand in one partition, in the order of their versions. Streams are not ordered between one another.
- Read without acknowledgements, from a place that the reader keeps itself: a message whose \`ol-prev\` lies beyond that place
  tells that something between is missing.
- An event that is delivered twice has the same \`ce-id\`.`;

const server: Schema = {
  host: '{address}',
  protocol: 'nats',
  description: 'As ORDERLOG_NATS_URL says; over TLS where that begins with tls://.',
  variables: {
    address: {
      default: '127.0.0.1:50061',
      examples: ['127.0.0.1:50061', 'orderlog-nats:4222'],
      description:
        'Of `npm start` 127.0.0.1 and ORDERLOG_PORT_BASE + 11; in a cluster the Service orderlog-nats.',
    },
  },
  security: [{ $ref: '#/components/securitySchemes/user' }],
};

const user: Schema = {
  type: 'userPassword',
  description: `One of NATS's users, each of which may do what its component does: \`gateway\` reads all streams, with answers to an inbox
that begins with \`_INBOX_gateway\`; \`operator\` may do everything. Of \`npm start\` their passwords stand in \`.orderlog/secrets.json\`, as
\`nats/gateway\` and so on; in a cluster in the Secrets \`orderlog-nats-USER\`.`,
};

export function asyncApiDocument(): Schema {
  const schemas = createSchemas();
  const events = streams.flatMap((stream) => eventsOf(stream).map((type) => ({ stream, type })));
  const messages = events.map(({ stream, type }) => [type.typeName, messageOf(stream, type, schemas)]);
  return {
    asyncapi: '3.0.0',
    info: info('Orderlog: the log', description),
    defaultContentType: CONTENT_TYPE,
    servers: { nats: server },
    channels: Object.fromEntries(streams.map((stream) => [stream.name, channelOf(stream)])),
    operations: Object.fromEntries(streams.map((stream) => [`publish${stream.name}`, operationOf(stream)])),
    components: { messages: Object.fromEntries(messages), schemas: schemas.all(), securitySchemes: { user } },
  };
}

/** The messages of the file `events.proto` of the stream's service. */
function eventsOf({ protoPackage }: Stream): readonly DescMessage[] {
  const isEvents = ({ name, proto }: DescFile) => proto.package === protoPackage && name.endsWith('/events');
  return [...descriptors().registry.files].filter(isEvents).flatMap(({ messages }) => messages);
}

const serviceOf = ({ protoPackage }: Stream): string => protoPackage.split('.')[1] ?? protoPackage;

const channelOf = (stream: Stream): Schema => ({
  address: `${stream.subjectPrefix}.{high}.{low}.{event}`,
  title: stream.name,
  description: `JetStream's stream ${stream.name}: the events of the service ${serviceOf(stream)}. 256 partitions, by two hex digits.`,
  servers: [{ $ref: '#/servers/nats' }],
  parameters: {
    high: { description: "The partition's high digit, of a hash of the order's id or the SKU.", enum: HEX },
    low: { description: "The partition's low digit.", enum: HEX },
    event: { description: "The event type's short name.", enum: eventsOf(stream).map(({ name }) => name) },
  },
  messages: Object.fromEntries(
    eventsOf(stream).map(({ name, typeName }) => [name, { $ref: `#/components/messages/${typeName}` }]),
  ),
});

const operationOf = (stream: Stream): Schema => ({
  action: 'send',
  channel: { $ref: `#/channels/${stream.name}` },
  summary: `The service ${serviceOf(stream)} publishes its events, each in the order in which it was committed`,
});

const messageOf = (stream: Stream, type: DescMessage, schemas: Schemas): Schema => ({
  name: type.name,
  title: type.name,
  summary: commentOf(type),
  contentType: CONTENT_TYPE,
  headers: headersOf(type.typeName, serviceOf(stream)),
  payload: schemas.of(type),
  examples: [{ payload: exampleOf(type) }],
  'x-protobuf-message': type.typeName,
  ...sagaOption(type),
});

function sagaOption(type: DescMessage): Schema {
  const { registry } = descriptors();
  const extension = registry.getExtension(SAGA_OPTION);
  if (!extension?.message || !hasOption(type, extension)) return {};
  return { 'x-saga': toJson(extension.message, getOption(type, extension) as never, { registry }) };
}
