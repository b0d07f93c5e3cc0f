import assert from 'node:assert/strict';
import { clone, create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, it } from 'mocha';
import type { AnyEvent, EventCodec } from '../platform/events.ts';
import { catalogEvents } from '../services/catalog/domain/events.ts';
import { orderEvents } from '../services/order/domain/events.ts';
import { paymentEvents } from '../services/payment/domain/events.ts';
import { type Case, Violation } from './case.ts';
import { goldenBytes, reviewedGolden } from './golden.ts';
import { eventsOf, type Image, readImage } from './image.ts';
import { goldenCases } from './suites/golden.ts';

const image = readImage();
const codecs = [catalogEvents, orderEvents, paymentEvents] as unknown as readonly EventCodec<AnyEvent>[];

describe('the golden bytes of the events', () => {
  it('are written and read as they were reviewed', async () => {
    for (const { run } of goldenCases({ image })) await run();
  });

  it('are what the services write and read, of every event of the contract', () => {
    const types = eventsOf(image).map(({ typeName }) => typeName);
    assert.deepEqual(codecs.flatMap((codec) => codec.types).toSorted(), types.toSorted());
    for (const codec of codecs) {
      for (const type of codec.types) {
        const golden = reviewedGolden(type);
        assert.ok(golden, `${type}: npm run contract -- --accept-golden`);
        const event = codec.decode(type, goldenBytes(golden));
        assert.ok(event);
        assert.equal(Buffer.from(codec.encode(event)).toString('hex'), golden.hex.join(''), type);
      }
    }
  });

  it('fail when a field gets another number, another type, or goes away', async () => {
    const changes: readonly ((field: { number: number; type: number }[]) => void)[] = [
      (fields) => Object.assign(fields[2] ?? {}, { number: 9 }),
      (fields) => Object.assign(fields[1] ?? {}, { type: 13 }),
      (fields) => void fields.splice(1, 1),
    ];
    for (const change of changes) {
      const failed = await failures(goldenCases({ image: changed('PaymentProcessed', change) }));
      assert.ok(failed.includes('orderlog.payment.v1.PaymentProcessed bytes'), failed.join('\n'));
      assert.ok(failed.every((name) => name.startsWith('orderlog.payment.v1.PaymentProcessed ')));
    }
  });
});

/** The contract with another message of this name. */
function changed(name: string, change: (fields: { number: number; type: number }[]) => void): Image {
  const set = create(FileDescriptorSetSchema, { file: [...image.files.values()] });
  const copy = clone(FileDescriptorSetSchema, set);
  for (const { messageType } of copy.file) {
    for (const message of messageType) if (message.name === name) change(message.field);
  }
  return { registry: createFileRegistry(copy), files: image.files };
}

async function failures(cases: readonly Case[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { subject, name, run } of cases) {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      failed.push(`${subject} ${name}`);
    }
  }
  return failed;
}
