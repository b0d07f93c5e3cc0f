/**
 * What holds for every failure that an implementation chose: a code that tells its caller what to do, and details that a
 * program can read: a google.rpc.Status of the same code and message, with an ErrorInfo of domain `orderlog`. What the
 * transport answers on its own (too large, the deadline) needs none.
 */
import type { Outcome } from '../call.ts';
import type { Image } from '../image.ts';
import { cut } from '../say.ts';
import { type Code, type Details, readDetails } from '../status.ts';
import type { Problem } from './problem.ts';

const DOMAIN = 'orderlog';
const REASON = /^[A-Z][A-Z0-9_]+$/;
/** Say that something is broken, never what: nobody can act on them. */
const FAULTS: readonly Code[] = ['UNKNOWN', 'INTERNAL', 'DATA_LOSS'];
const TRANSPORT: readonly Code[] = ['RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'CANCELLED'];

/** undefined: nothing is wrong. */
export function checkFailure(image: Image, outcome: Outcome): Problem | undefined {
  const { code, message, details: bytes } = outcome;
  if (FAULTS.includes(code)) {
    return { expected: 'an answer, or a refusal with its reason', got: `${code} (${cut(message, 200)})` };
  }
  if (!bytes) {
    if (TRANSPORT.includes(code)) return undefined;
    return {
      expected: 'google.rpc.Status in grpc-status-details-bin',
      got: `${code} without (${cut(message, 200)})`,
    };
  }
  try {
    return checkDetails(outcome, readDetails(image, bytes));
  } catch (error) {
    return { expected: 'details that are a google.rpc.Status', got: `${code}, ${String(error)}` };
  }
}

function checkDetails({ code, message }: Outcome, details: Details): Problem | undefined {
  const { reason, domain, fields, descriptions } = details;
  if (details.code !== code)
    return { expected: `details of the same code, ${code}`, got: `details of ${details.code}` };
  if (details.message !== message) {
    return { expected: 'details with the message of the status', got: cut(details.message, 200) };
  }
  if (domain !== DOMAIN || reason === undefined || !REASON.test(reason)) {
    return {
      expected: `ErrorInfo with domain ${DOMAIN} and a reason such as ORDER_NOT_FOUND`,
      got: `${code} with domain ${domain ?? 'none'}, reason ${reason ?? 'none'}`,
    };
  }
  if (code === 'INVALID_ARGUMENT' && fields.length === 0 && reason !== 'UNREADABLE_REQUEST') {
    return { expected: 'BadRequest naming the field', got: `${code}, reason ${reason}, naming no field` };
  }
  if (descriptions.some((each) => each === '')) {
    return { expected: 'each field with a description', got: `${fields.join(', ')}: no description` };
  }
  return undefined;
}
