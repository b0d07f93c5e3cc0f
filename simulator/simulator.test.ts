import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseArguments } from './arguments.ts';
import { seededChoices, writtenChoices } from './choices.ts';
import { realComposition } from './composition.ts';
import { mutations } from './mutations.testing.ts';
import { shrink } from './shrink.ts';
import { type Run, simulate } from './simulate.ts';

const SEEDS = 150;

describe('the simulator', function () {
  this.timeout(300_000);

  it(`keeps every promise in ${SEEDS} runs, and gets through all that may happen in them`, async () => {
    const told = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation, words } = await simulate(seededChoices(seed), realComposition, { inWords: true });
      assert.equal(violation, undefined, `seed ${seed}: ${violation?.stack}`);
      for (const line of words) for (const word of line.split(/\W+/)) told.add(word);
    }
    const wanted = `OrderCompleted OrderRejected OrderCancelled OrderRefunded OrderNeedsReview ReservationReturned
      PaymentVoided PaymentReviewResolved PaymentRefundFailed deadline parks replays killed paused slow late refused
      ReserveItemsRequested ReturnRequested ReleaseRequested reserveItems charge returnReservation cancelPayment
      RESERVATION_OF_ORDER`;
    const missing = wanted.split(/\s+/).filter((word) => !told.has(word));
    assert.deepEqual(missing, []);
  });

  it('replays a run exactly, from its seed and from its choices', async () => {
    for (const seed of [3, 4, 5]) {
      const run = await simulate(seededChoices(seed), realComposition, { inWords: true });
      const again = await simulate(seededChoices(seed), realComposition, { inWords: true });
      const written = await simulate(writtenChoices(run.choices), realComposition, { inWords: true });
      assert.ok(run.words.length > 20);
      assert.deepEqual(again.words, run.words);
      assert.deepEqual(written.words, run.words);
    }
  });

  it('shrinks a failing run to a short one that breaks the same promise', async () => {
    const mutation = mutations.find(({ name }) => name.includes('taken for a decline'));
    assert.ok(mutation);
    const composition = mutation.apply(realComposition);
    let failing: Run | undefined;
    for (let seed = 1; !failing; seed++) {
      const run = await simulate(seededChoices(seed), composition);
      if (run.violation?.invariant === 4) failing = run;
    }
    const limits = { maxRuns: 5_000, maxMs: Number.POSITIVE_INFINITY };
    const { choices, omitted } = await shrink(failing, composition, limits);
    const shrunk = await simulate(writtenChoices(choices), composition, { omitted, inWords: true });
    assert.equal(shrunk.violation?.invariant, 4);
    assert.ok(shrunk.sagas <= 2 && shrunk.words.length < 80, shrunk.words.join('\n'));
  });

  it('refuses wrong usage with what is wrong', () => {
    assert.match(String(parseArguments(['--seeds', '0'])), /--seeds must be a whole number from 1/);
    assert.match(String(parseArguments(['--seed', 'x'])), /--seed must be a whole number from 0/);
    assert.match(String(parseArguments(['--fast'])), /--fast/);
    assert.deepEqual(parseArguments(['--seeds', '5', '--json']), {
      seeds: 5,
      seed: undefined,
      minutes: undefined,
      json: true,
    });
  });
});
