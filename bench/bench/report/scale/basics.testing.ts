/** What the reckoning begins with, for its tests. */
import assert from 'node:assert/strict';
import { performanceOf } from '../performance.testing.ts';
import { type Basics, basicsOf } from './basics.ts';

export function measured(): Basics {
  const basics = basicsOf(performanceOf());
  assert.ok(basics);
  return basics;
}
