import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { shortName } from '../../../platform/events.ts';
import { readSaga } from '../../../platform/saga/definition.ts';
import { endWords, stepWords } from './words.ts';

const { steps, ends } = readSaga('place-order');

describe('the words of an explanation', () => {
  for (const { name, failed, suspended, compensation } of steps) {
    it(`say what ${name} is, and all that the definition lets come of it`, () => {
      const words = stepWords[name];
      assert.ok(words, 'no words for it');
      assert.equal(words.failed !== undefined, failed.length > 0, 'failed');
      assert.equal(words.ifFailed !== undefined, failed.length > 0, 'ifFailed');
      assert.equal(words.suspended !== undefined, suspended.length > 0, 'suspended');
      assert.equal(words.undo !== undefined, compensation !== undefined, 'undo');
    });
  }

  it('say what each end is', () =>
    assert.deepEqual(Object.keys(endWords).sort(), ends.map(({ event }) => shortName(event)).sort()));

  it('have none for what is not there', () =>
    assert.deepEqual(Object.keys(stepWords).sort(), steps.map(({ name }) => name).sort()));
});
