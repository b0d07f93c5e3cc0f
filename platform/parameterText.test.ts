import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { freshDatabase } from '../cli/servers/testing.ts';
import { parameterText } from './parameterText.ts';

const date = fc.oneof(
  fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  // Of years that are written otherwise.
  fc.date({
    min: new Date('-004000-01-01T00:00:00Z'),
    max: new Date('+020000-01-01T00:00:00Z'),
    noInvalidDate: true,
  }),
);
const columns: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
    fc.constantFrom('NULL', 'null', '', ' ', '"', '\\', '{a,"b"}', '\\x00', "it's", 'a\nb'),
  ),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  'double precision': fc.double({ noDefaultInfinity: true, noNaN: true }),
  boolean: fc.boolean(),
  timestamptz: date,
  bytea: fc.oneof(
    fc.uint8Array(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ),
};

describe('parameters as text', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let client: pg.Client;
  before(async function () {
    this.timeout(120_000);
    database = await freshDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  const areAlike = async (type: string, value: unknown) => {
    const { rows } = await client.query({
      text: `select $1::${type} is not distinct from $2::${type} as alike`,
      values: [value, parameterText(value)],
    });
    return rows[0].alike;
  };

  for (const [type, element] of Object.entries(columns)) {
    it(`are for PostgreSQL what pg makes of arrays of ${type}`, async () => {
      const elements = fc.array(
        fc.oneof({ weight: 4, arbitrary: element }, fc.constantFrom(null, undefined)),
      );
      await fc.assert(
        fc.asyncProperty(elements, async (value) => {
          assert.ok(await areAlike(`${type}[]`, value));
        }),
      );
    });
  }

  it('are the same times', async () => {
    await fc.assert(fc.asyncProperty(date, async (time) => assert.ok(await areAlike('timestamptz', time))));
  });

  it('are texts, where they are such arrays or times, and otherwise left to pg', () => {
    assert.equal(parameterText([1, null, 'a "b" \\']), '{1,NULL,"a \\"b\\" \\\\"}');
    assert.equal(parameterText(new Date(0)), '1970-01-01T00:00:00.000Z');
    for (const value of [
      [[1]],
      [{}],
      {},
      'a',
      1,
      undefined,
      null,
      Buffer.of(1),
      new Date('+012345-01-01T00:00:00Z'),
    ])
      assert.equal(parameterText(value), value);
  });
});
