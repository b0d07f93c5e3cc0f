/** Whose name stands under a decision that is kept: his who makes it. Any other would accuse somebody who knows nothing of it. */
import { OrderlogError } from '../errors.ts';
import type { Caller } from './caller.ts';

/** Throws PERMISSION_DENIED where somebody signs as another than his token says. Without authentication nobody can tell. */
export function assertOwnSignature(
  operatorId: string,
  { caller, bearer }: Pick<Caller, 'caller' | 'bearer'>,
): void {
  if (bearer === undefined || operatorId === caller) return;
  const description =
    "must be the token's subject, for what is decided is kept with who decided it: send that, or call with a token of your own";
  throw new OrderlogError('PERMISSION_DENIED', 'OPERATOR_NOT_CALLER', `operator_id ${description}`, {
    violations: [{ field: 'operator_id', description }],
  });
}
