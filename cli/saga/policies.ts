/** The policies that the services have registered: their subscriptions, as the lint reads them. */
import type { RegisteredPolicies } from '../../platform/saga/rules/policies.ts';
import { catalogSubscriptions } from '../../services/catalog/subscriptions.ts';
import { orderSubscriptions } from '../../services/order/subscriptions.ts';
import { paymentSubscriptions } from '../../services/payment/subscriptions.ts';

const typesOf = (
  subscriptions: readonly { readonly policies: { readonly codec: { types: readonly string[] } } }[],
) => subscriptions.flatMap(({ policies }) => policies.codec.types);

export const registeredPolicies: readonly RegisteredPolicies[] = [
  { service: 'order', types: typesOf(orderSubscriptions) },
  { service: 'catalog', types: typesOf(catalogSubscriptions) },
  { service: 'payment', types: typesOf(paymentSubscriptions) },
];
