/** The three streams of the log, as the contract names them: one a service. */
export const ORDERS = { name: 'ORDERS', subjectPrefix: 'orders', protoPackage: 'orderlog.order.v1' } as const;
export const CATALOG = {
  name: 'CATALOG',
  subjectPrefix: 'catalog',
  protoPackage: 'orderlog.catalog.v1',
} as const;
export const PAYMENTS = {
  name: 'PAYMENTS',
  subjectPrefix: 'payments',
  protoPackage: 'orderlog.payment.v1',
} as const;
