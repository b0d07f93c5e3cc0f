/**
 * The events as they stand in the log for ever: the descriptor image still writes the reviewed bytes, reads them back as
 * what was reviewed, keeps what it does not know, and takes numbers of enums that it does not know.
 */
import { isDeepStrictEqual } from 'node:util';
import { type DescField, type DescMessage, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { type Case, Violation } from '../case.ts';
import type { Context } from '../context.ts';
import { joined, unknownFields } from '../generate/bytes.ts';
import { type Golden, goldenBytes, goldenOf, reviewedGolden, reviewedTypes } from '../golden.ts';
import { eventsOf } from '../image.ts';

const ACCEPT = 'npm run contract -- --accept-golden, and review what it changes';
const UNKNOWN_NUMBER = 9_999;

export function goldenCases({ image }: Pick<Context, 'image'>): readonly Case[] {
  const events = eventsOf(image);
  const gone = reviewedTypes().filter((type) => !events.some(({ typeName }) => typeName === type));
  return [
    ...events.flatMap((type) => eventCases(image, type)),
    ...gone.map((type) =>
      golden(type, 'still_there', () => {
        throw new Violation(`${type}, which stands in logs, in the contract`, 'no such message');
      }),
    ),
  ];
}

const golden = (subject: string, name: string, run: () => void): Case => ({
  suite: 'golden',
  subject,
  name,
  async run() {
    try {
      run();
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation(`bytes that are a ${subject}`, String(error));
    }
  },
});

function eventCases(image: Context['image'], type: DescMessage): readonly Case[] {
  const { typeName } = type;
  const reviewed = (): Golden => {
    const found = reviewedGolden(typeName);
    if (!found) throw new Violation('reviewed bytes in contract/golden', `none: ${ACCEPT}`);
    return found;
  };
  return [
    golden(typeName, 'bytes', () => {
      const { hex } = goldenOf(image, type);
      const wanted = reviewed().hex;
      if (wanted.join() !== hex.join()) throw new Violation(wanted.join(''), `${hex.join('')} (${ACCEPT})`);
    }),
    golden(typeName, 'reading', () => {
      const { json } = reviewed();
      const read = toJson(type, fromBinary(type, goldenBytes(reviewed())), {
        registry: image.registry,
        useProtoFieldName: true,
      });
      if (!isDeepStrictEqual(read, json)) throw new Violation(JSON.stringify(json), JSON.stringify(read));
    }),
    golden(typeName, 'every_field_set', () => {
      const message = reflect(type, fromBinary(type, goldenBytes(reviewed())));
      const unset = type.fields.filter((field) => !field.oneof && !message.isSet(field));
      if (unset.length > 0)
        throw new Violation('every field set', `not ${unset.map(({ name }) => name).join(', ')}`);
    }),
    golden(typeName, 'unknown_fields_kept', () => {
      const bytes = joined(goldenBytes(reviewed()), ...Object.values(unknownFields()));
      const again = toBinary(type, fromBinary(type, bytes));
      if (!Buffer.from(bytes).equals(again))
        throw new Violation('the same bytes', Buffer.from(again).toString('hex'));
    }),
    ...type.fields
      .filter(({ fieldKind }) => fieldKind === 'enum')
      .map((field) =>
        golden(typeName, `unknown_number_kept/${field.name}`, () => keepsNumber(type, field, reviewed())),
      ),
  ];
}

function keepsNumber(type: DescMessage, field: DescField, reviewed: Golden): void {
  const message = reflect(type, fromBinary(type, goldenBytes(reviewed)));
  message.set(field, UNKNOWN_NUMBER);
  const again = reflect(type, fromBinary(type, toBinary(type, message.message))).get(field);
  if (again !== UNKNOWN_NUMBER) throw new Violation(String(UNKNOWN_NUMBER), String(again));
}
