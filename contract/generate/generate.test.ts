import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { plausible } from '../context.ts';
import { expectationFor } from '../expect.ts';
import { readImage } from '../image.ts';
import { createOracle } from '../judge.ts';
import { closeTargets, rpcsOf, TARGET_NAMES, targetsAt } from '../targets.ts';
import type { Candidate } from './candidate.ts';
import { candidatesFor } from './candidates.ts';
import { patternCandidates, shortestMatch } from './pattern.ts';
import { change, placesOf } from './places.ts';

const image = readImage();
const nowhere = Object.fromEntries(TARGET_NAMES.map((name) => [name, '127.0.0.1:1']));

describe('the requests that are made from the contract', () => {
  const targets = targetsAt(image, nowhere as never);
  const rpcs = rpcsOf(targets);
  const oracle = createOracle(image);
  closeTargets(targets);

  it('pass the rules where nothing was changed, for every rpc', () => {
    for (const rpc of rpcs) assert.deepEqual(oracle(rpc.method.input, plausible(rpc)), [], rpc.title);
  });

  it('break a rule, or none, as they were meant to: rules and generator agree on every candidate', () => {
    let count = 0;
    for (const rpc of rpcs) {
      const type = rpc.method.input;
      for (const place of placesOf(type)) {
        for (const candidate of candidatesFor(place)) {
          const message = change(type, plausible(rpc), place, candidate.edit);
          expectationFor({ oracle } as never, rpc, place, candidate, message);
          count += 1;
        }
      }
    }
    assert.ok(count > 1_000);
  });

  it('stand at, inside and outside the bounds of a pattern', () => {
    const texts = textsOf(patternCandidates('^[A-Z][a-c]{1,3}$'));
    assert.equal(texts.get('string.pattern/shortest'), 'Aa');
    assert.equal(texts.get('string.pattern/longest'), 'Aabc');
    assert.equal(texts.get('string.pattern/longer'), 'Aabcc');
    assert.equal(shortestMatch('^[!-~]{0,200}$'), '');
  });

  it('are not made for a pattern that is not understood', () => {
    assert.throws(() => patternCandidates('^(a|b)+$'), /does not understand the pattern/);
  });
});

/** What each candidate would set. */
function textsOf(candidates: readonly Candidate[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { name, edit } of candidates) {
    const holder = { clear: () => undefined, set: (_: unknown, value: string) => texts.set(name, value) };
    edit(holder as never, { fieldKind: 'scalar' } as never);
  }
  return texts;
}
