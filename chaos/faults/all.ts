/** Every fault, in the order in which they are run. */
import type { Fault } from '../fault.ts';
import { kills } from './kill.ts';
import { pauses } from './pause.ts';
import { rolls } from './roll.ts';

export const faults: readonly Fault[] = [...kills, ...pauses, ...rolls];
