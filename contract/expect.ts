/** What a request that passes or breaks the rules may be answered. */
import type { Message } from '@bufbuild/protobuf';
import type { Context } from './context.ts';
import type { Candidate } from './generate/candidate.ts';
import type { Place } from './generate/places.ts';
import type { Expectation } from './judge.ts';
import { acceptedCode } from './states.ts';
import type { Code } from './status.ts';
import type { Rpc } from './targets.ts';

/** What these name need not be there, or may not be in the state that the rpc needs. */
const REFERENCES = [
  'order_id',
  'sku',
  'delta',
  'parked_id',
  'consumer',
  'aggregate_id',
  'at_version',
  'at_time',
  'after_version',
];
const ABSENT: readonly Code[] = ['NOT_FOUND', 'FAILED_PRECONDITION'];
/** How far back it may lie depends on when it is asked for. */
const PERIODS = ['start_time'];
/** Only whoever issued a token can tell whether it is one. */
const ISSUED = ['page_token', 'consistency_token'];

export const accepted = (rpc: Rpc, { path, field }: Place): Expectation => {
  const own = field.message?.typeName === 'google.type.Money' || [...ISSUED, ...PERIODS].includes(field.name);
  const codes = REFERENCES.includes(field.name) ? [acceptedCode(rpc), ...ABSENT] : [acceptedCode(rpc)];
  return { kind: 'accepted', codes, ownRulesAt: own ? path : undefined };
};

/** What follows from the rules for a message with something at a place; only its own rule may be broken. */
export function acceptedAs({ oracle }: Context, rpc: Rpc, place: Place, message: Message): Expectation {
  const fields = oracle(rpc.method.input, message);
  return fields.length > 0 ? { kind: 'refused', fields } : accepted(rpc, place);
}

/** What follows from the rules for a message with a candidate in it. Throws where rules and generator disagree. */
export function expectationFor(
  context: Context,
  rpc: Rpc,
  place: Place,
  candidate: Candidate,
  message: Message,
): Expectation {
  const fields = context.oracle(rpc.method.input, message);
  const isTime = place.field.message?.typeName === 'google.protobuf.Timestamp';
  if (candidate.isValid === false && fields.length === 0 && isTime) {
    return { kind: 'refused', fields: [place.path] };
  }
  if (candidate.isValid !== undefined && candidate.isValid !== (fields.length === 0)) {
    const said = fields.length === 0 ? 'none is broken' : `they refuse ${fields.join(', ')}`;
    throw new Error(`${rpc.title} ${place.path} ${candidate.name}: not what the rules say: ${said}`);
  }
  return acceptedAs(context, rpc, place, message);
}
