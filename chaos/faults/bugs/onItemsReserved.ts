/** A version of Order's policy with a bug: it throws on some orders. */
import { onItemsReserved as right } from '../../../services/order/policies/onItemsReserved.ts';
import { failsOn } from './failsOn.ts';

export const onItemsReserved: typeof right = (event) => {
  if (failsOn(event.context?.orderId)) throw new TypeError('cannot read the flux of undefined');
  return right(event);
};
