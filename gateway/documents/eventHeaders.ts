/** The headers of an event in the log (platform/log/headers.ts) as a schema. */
import type { Schema } from '../rest/route.ts';

const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** `type`: full name of the event. */
export const headersOf = (type: string, service: string): Schema => ({
  type: 'object',
  required: [
    'ce-specversion',
    'ce-id',
    'ce-type',
    'ce-source',
    'ce-time',
    'ce-subject',
    'ce-datacontenttype',
    'ol-version',
    'ol-prev',
    'ol-epoch',
  ],
  properties: {
    'ce-specversion': text('CloudEvents 1.0, in the binary mode of its NATS binding.', { const: '1.0' }),
    'ce-id': text("The event's id.", { pattern: `^${uuid}$` }),
    'ce-type': text("The event type's full name.", { const: type }),
    'ce-source': text('The service that it comes from.', { const: `/orderlog/${service}` }),
    'ce-time': text('When it was committed, to the millisecond.', { format: 'date-time' }),
    'ce-subject': text('The aggregate.', { minLength: 1, maxLength: 256 }),
    'ce-datacontenttype': text('How the payload is encoded.', { const: 'application/protobuf' }),
    'ol-version': text("The event's version in its aggregate, from 1.", { pattern: '^[1-9][0-9]*$' }),
    'ol-prev': text("The sequence of the partition's previous message; 0: there is none.", {
      pattern: '^[0-9]+$',
    }),
    'ol-epoch': text('Which life of the stream this is, from 1.', { pattern: '^[1-9][0-9]*$' }),
    'ol-cause': text('Stream and id of the event that brought this one about; absent if a caller did.', {
      pattern: `^[^/]+/${uuid}$`,
    }),
    'ol-request': text('Key and fingerprint of the request that brought this one about; absent if none did.'),
    traceparent: text('W3C Trace Context; absent if there was none.'),
  },
});
