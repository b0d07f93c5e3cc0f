import assert from 'node:assert/strict';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { describe, it } from 'mocha';
import type { LogMessage } from '../platform/log/headers.ts';
import type { Subscription } from '../platform/writeService/spec.ts';
import { fromDocument, toDocument } from '../projector/orders/document.ts';
import { orderEvents } from '../projector/orders/events.ts';
import { project } from '../projector/orders/project.ts';
import { catalogSubscriptions } from '../services/catalog/subscriptions.ts';
import { orderSubscriptions } from '../services/order/subscriptions.ts';
import { paymentSubscriptions } from '../services/payment/subscriptions.ts';
import { goldenBytes, reviewedGolden } from './golden.ts';
import { messageOf, readImage } from './image.ts';

const subscriptions = [
  ...catalogSubscriptions,
  ...orderSubscriptions,
  ...paymentSubscriptions,
] as unknown as readonly Subscription<unknown>[];

const image = readImage();
const KNOWN_MODES = [1, 2, 3];
const UNKNOWN = 9_999;

describe("a consumer's reading of its producers' golden events", () => {
  for (const { name, stream, policies } of subscriptions) {
    describe(name, () => {
      for (const type of policies.codec.types) {
        it(`acts on ${type}`, () => {
          const bytes = goldenOf(type);
          const commands = KNOWN_MODES.flatMap((mode) =>
            reactions(withNumber(type, bytes, ['context', 'mode'], mode)),
          );
          assert.notDeepEqual(commands, []);
        });

        it(`leaves a mode that it does not know alone: ${type}`, () => {
          assert.deepEqual(reactions(withNumber(type, goldenOf(type), ['context', 'mode'], UNKNOWN)), []);
        });

        it(`reads numbers of enums that it does not know: ${type}`, () => {
          for (const field of messageOf(image, type).fields.filter(({ fieldKind }) => fieldKind === 'enum')) {
            reactions(withNumber(type, goldenOf(type), [field.name], UNKNOWN));
          }
        });

        function reactions(payload: Uint8Array): readonly unknown[] {
          const event = policies.codec.decode(type, payload);
          assert.ok(event);
          return policies.react(event, logMessage(stream.name, type, payload));
        }
      }

      it('passes over a type that it does not know', () => {
        for (const type of policies.codec.types) {
          const newer = type.replace(/\w+$/, 'OfANewerVersion');
          assert.equal(policies.codec.decode(newer, goldenOf(type)), undefined);
        }
      });
    });
  }

  describe('the projector', () => {
    for (const type of orderEvents.types) {
      it(`projects ${type}`, () => {
        const event = orderEvents.decode(type, goldenOf(type));
        assert.ok(event);
        const recorded = {
          streamId: 'an order',
          version: 1,
          eventId: 'an event',
          time: new Date(0),
          type,
          event,
        };
        const view = project(undefined, recorded);
        assert.equal(view.version, 1);
        assert.equal(view.timeline.length, 1);
        assert.deepEqual(fromDocument(toDocument(view)), view);
      });
    }
  });
});

function goldenOf(type: string): Uint8Array {
  const golden = reviewedGolden(type);
  assert.ok(golden, `${type} has no golden bytes: it is read, and is no event of the contract`);
  return goldenBytes(golden);
}

/** The event with another number at a field of it. */
function withNumber(type: string, bytes: Uint8Array, path: readonly string[], number: number): Uint8Array {
  const event = reflect(messageOf(image, type), fromBinary(messageOf(image, type), bytes));
  const holder = path
    .slice(0, -1)
    .reduce((message, name) => message.get(fieldOf(message, name)) as ReflectMessage, event);
  holder.set(fieldOf(holder, path.at(-1) ?? ''), number);
  return toBinary(event.desc, event.message);
}

function fieldOf(message: ReflectMessage, name: string) {
  const field = message.fields.find((each) => each.name === name);
  assert.ok(field, `${message.desc.typeName} has no ${name}`);
  return field;
}

const logMessage = (stream: string, type: string, payload: Uint8Array): LogMessage => ({
  stream,
  sequence: 1,
  subject: `${stream.toLowerCase()}.0.0.${type}`,
  partition: 0,
  eventId: '0e0a1de2-0000-5000-8000-000000000001',
  type,
  streamId: '0e0a1de2-0000-4000-8000-0000000003e1',
  version: 1,
  time: new Date(0),
  prev: 0,
  epoch: 1,
  cause: undefined,
  traceparent: undefined,
  payload,
});
