/** A version of Catalog's policy with a bug: it throws on some orders. */
import { onOrderCreated as right } from '../../../services/catalog/policies/onOrderCreated.ts';
import { failsOn } from './failsOn.ts';

export const onOrderCreated: typeof right = (event) => {
  if (failsOn(event.context?.orderId)) throw new TypeError('cannot read the flux of undefined');
  return right(event);
};
