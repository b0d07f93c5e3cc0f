/** The six architectures that are compared and advised: each is a configuration of this one code base. */

export interface Architecture {
  readonly name: ArchitectureName;
  /** What it is, for a person. */
  readonly what: string;
  /** Settings that `npm start` takes. */
  readonly env: Readonly<Record<`ORDERLOG_${string}`, string>>;
}

export const ARCHITECTURE_NAMES = [
  'basic SAGA',
  'optimised SAGA',
  'orchestrated SAGA',
  'event sourcing',
  'CQRS',
  'event sourcing + CQRS',
] as const;
export type ArchitectureName = (typeof ARCHITECTURE_NAMES)[number];

const settings = (
  mode: 'direct' | 'choreography' | 'orchestration',
  store: 'state' | 'events',
  reads: 'aggregate' | 'projection',
): Architecture['env'] => ({
  ORDERLOG_ORDER_SAGA_MODE: mode,
  ORDERLOG_ORDER_STORE: store,
  ORDERLOG_READS: reads,
});

export const ARCHITECTURES: Readonly<Record<ArchitectureName, Architecture>> = {
  'basic SAGA': {
    name: 'basic SAGA',
    what: 'PlaceOrder itself calls Catalog and Payment, and answers with the end',
    env: settings('direct', 'state', 'aggregate'),
  },
  'optimised SAGA': {
    name: 'optimised SAGA',
    what: 'services react to one another’s events: outbox, idempotency, breakers',
    env: settings('choreography', 'state', 'aggregate'),
  },
  'orchestrated SAGA': {
    name: 'orchestrated SAGA',
    what: 'the Order service tells the others by events what to do next',
    env: settings('orchestration', 'state', 'aggregate'),
  },
  'event sourcing': {
    name: 'event sourcing',
    what: 'an order is the fold of its events, and can be read as of any moment',
    env: settings('choreography', 'events', 'aggregate'),
  },
  CQRS: {
    name: 'CQRS',
    what: 'an order is a row; reads come from a read model that follows the log',
    env: settings('choreography', 'state', 'projection'),
  },
  'event sourcing + CQRS': {
    name: 'event sourcing + CQRS',
    what: 'orders are events, reads come from a read model',
    env: settings('choreography', 'events', 'projection'),
  },
};
