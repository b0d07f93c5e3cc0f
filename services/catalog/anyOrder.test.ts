import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CatalogCommand } from './domain/commands.ts';
import { confirmFor, contextOf, giveBackFor, putItem, reserve } from './domain/samples.testing.ts';
import { emptyTables, itemsOf, reservationsOf, run } from './inMemory.testing.ts';

const orderId = 'order-1';
const hold = reserve([['TEA', 2]], contextOf(orderId));
const tooMuch = reserve([['TEA', 6]], contextOf(orderId));
const release = { type: 'ReleaseReservation', context: contextOf(orderId) } as const;
const confirm = confirmFor(orderId);
const giveBack = giveBackFor(orderId);

/** Each at least once, up to three times, in any order. */
const anyArrival = (commands: readonly CatalogCommand[]): fc.Arbitrary<CatalogCommand[]> =>
  fc
    .tuple(...commands.map((command) => fc.integer({ min: 1, max: 3 }).map((n) => Array(n).fill(command))))
    .chain((repeats) => fc.shuffledSubarray(repeats.flat(), { minLength: repeats.flat().length }));

/** Five pieces of tea, and then these. Tells where the reservation and the stock stand. */
function endOf(commands: readonly CatalogCommand[]): string {
  const rows = emptyTables();
  run(rows, [putItem('TEA', 5n), ...commands]);
  const tea = itemsOf(rows).find(({ sku }) => sku === 'TEA');
  return `${reservationsOf(rows)[0]?.status}: ${tea?.reserved} of ${tea?.onHand}`;
}

describe('a reservation, whatever the order and the repeats of what is asked', () => {
  const possible: [what: string, commands: readonly CatalogCommand[], ends: readonly string[]][] = [
    ['is released, whether it was reserved before or never', [hold, release], ['released: 0 of 5']],
    [
      'fails once, or is released before it could',
      [tooMuch, release],
      ['failed: 0 of 5', 'released: 0 of 5'],
    ],
    // A confirm that comes before the reserve is refused, and parked until it can be.
    ['is held or sold', [hold, confirm], ['reserved: 2 of 5', 'confirmed: 0 of 3']],
    [
      'is held, sold or back',
      [hold, confirm, giveBack],
      ['reserved: 2 of 5', 'confirmed: 0 of 3', 'returned: 0 of 5'],
    ],
    [
      'is never sold after its release, nor released after its sale',
      [hold, confirm, release, giveBack],
      ['released: 0 of 5', 'confirmed: 0 of 3', 'returned: 0 of 5'],
    ],
  ];
  for (const [what, commands, ends] of possible) {
    it(what, () => {
      fc.assert(
        fc.property(anyArrival(commands), (arrivals) => {
          const end = endOf(arrivals);
          assert.ok(ends.includes(end), end);
        }),
      );
    });
  }

  it('is held by nobody after a reserve that came later than its release', () => {
    assert.equal(endOf([release, hold, hold]), 'released: 0 of 5');
    assert.equal(endOf([release, hold, confirm, release]), 'released: 0 of 5');
  });
});
