/**
 * Who is usually given which scopes of the contract (orderlog/access/v1/access.proto). A token says scopes, never roles: an issuer
 * may give others, and these are what `orderlog token` issues, what the documentation says and what the tests try.
 */
export const ROLES = {
  customer: {
    about: 'Places orders for itself, reads and cancels them, and sees what is on sale.',
    scopes: ['orders:own', 'items:read'],
  },
  support: {
    about: 'Places, reads and cancels orders for all customers, and sees their payments.',
    scopes: ['orders:read', 'orders:write', 'items:read', 'payments:read'],
  },
  'catalog-manager': {
    about: 'Puts items, adjusts their stock, and sees what was sold.',
    scopes: ['items:read', 'items:write', 'sales:read'],
  },
  operator: {
    about: 'Looks after the system: parked events, replays, payments that need a review.',
    scopes: [
      'ops:read',
      'ops:write',
      'payments:read',
      'payments:resolve',
      'orders:read',
      'items:read',
      'sales:read',
    ],
  },
  'order-service': {
    about: 'The Order service, which drives direct sagas and asks the others what an order waits for.',
    scopes: ['saga:steps', 'orders:read', 'payments:read', 'ops:read'],
  },
  'gateway-service': {
    about: 'The gateway on its own account: for its overview and its metrics.',
    scopes: ['ops:read'],
  },
  'projector-service': {
    about: 'The projector, which asks for the history of an order that has a gap.',
    scopes: ['orders:read'],
  },
} as const;

export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[];
