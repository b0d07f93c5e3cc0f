import { OrderlogError } from './errors.ts';

/** Why a call ends that nobody waits for any more. Made once: over REST it is the end of every request. */
export const CALLER_GONE = new OrderlogError('CANCELLED', 'CALL_CANCELLED', 'the caller went away');
