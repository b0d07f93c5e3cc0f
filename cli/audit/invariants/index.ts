/** All invariants, in the order in which they are checked: the log first, since the others rest on it. */
import type { Invariant } from '../invariant.ts';
import { analytics } from './analytics.ts';
import { answers } from './answers.ts';
import { checkpoints } from './checkpoints.ts';
import { folds } from './folds.ts';
import { ledger } from './ledger.ts';
import { log } from './log.ts';
import { orders } from './orders.ts';
import { outbox } from './outbox.ts';
import { parked } from './parked.ts';
import { readModel } from './readModel.ts';
import { stock } from './stock.ts';
import { stream } from './stream.ts';
import { versions } from './versions.ts';
import { work } from './work.ts';

export const invariants: readonly Invariant[] = [
  stream,
  outbox,
  checkpoints,
  parked,
  versions,
  log,
  stock,
  folds,
  work,
  orders,
  ledger,
  readModel,
  analytics,
  answers,
];
