import { OrderlogError } from '../../platform/errors.ts';

/** Why a call ends that nobody waits for any more. Made once: it is the end of every request over REST. */
export const CALLER_GONE = new OrderlogError('CANCELLED', 'CALL_CANCELLED', 'the caller went away');
