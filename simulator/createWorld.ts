/** A world at its beginning: services up, a few items on the shelf, nothing ordered. */
import { runSlice } from './batch.ts';
import type { Choices } from './choices.ts';
import type { AnyHandlerParts, Composition, ServiceName, WaitFor } from './composition.ts';
import { drawRates, noFaults } from './faultRates.ts';
import { drawOperations, drawStock, ITEMS } from './operations.ts';
import { createProvider } from './provider.ts';
import { commandQueue } from './queue.ts';
import { emptyStore } from './store.ts';
import { transact } from './transact.ts';
import type { Violation } from './violation.ts';
import { dbNowMs, type Replica, type SimService, type World } from './world.ts';

/** 2026-01-01, at which every run begins. */
const BEGINNING_MS = Date.UTC(2026, 0, 1);
const DEADLINES_MS = [900_000, 900_000, 5_000, 60_000, 500];
/** Within the margin for clocks (ORDERLOG_TIMER_MARGIN_MS). */
const SKEWS_MS = [0, 0, 2_000, -2_000];

export interface Observer {
  readonly say: (text: () => string) => void;
  readonly broken: (violation: Violation) => void;
}

export function createWorld(
  choices: Choices,
  composition: Composition,
  omitted: ReadonlySet<number>,
  observer: Observer,
): World {
  const rates = drawRates(choices);
  const deadlineMs = DEADLINES_MS[choices.pick('deadline', DEADLINES_MS.length)] ?? 0;
  const service = (name: ServiceName) => createService(() => world, choices, composition, name, deadlineMs);
  const services = { order: service('order'), catalog: service('catalog'), payment: service('payment') };
  const replicas = Object.values(services).flatMap((each) => each.replicas);
  const world: World = {
    ...observer,
    choices,
    composition,
    services,
    all: { services: Object.values(services), replicas },
    log: { ORDERS: { messages: [] }, CATALOG: { messages: [] }, PAYMENTS: { messages: [] } },
    latePublishes: [],
    watermarks: new Map(),
    provider: createProvider(() => world),
    peerCalls: [],
    clients: [],
    poisoned: new Set(),
    agenda: new Map(),
    rates: noFaults,
    isHealed: false,
    nowMs: BEGINNING_MS,
    step: 0,
    commits: 0,
  };
  putItems(world);
  world.clients.push(...drawOperations(choices, omitted, world.nowMs));
  world.rates = rates;
  return world;
}

function createService(
  world: () => World,
  choices: Choices,
  composition: Composition,
  name: ServiceName,
  deadlineMs: number,
): SimService {
  const parts = composition[name];
  const replicas: Replica[] = [];
  const clockSkewMs = SKEWS_MS[choices.pick(`clock of ${name}`, SKEWS_MS.length)] ?? 0;
  const service: SimService = { name, parts, store: emptyStore(), replicas, clockSkewMs };
  const count = 1 + choices.pick(`replicas of ${name}`, 2);
  for (let number = 1; number <= count; number++) {
    const clock = { now: () => new Date(dbNowMs(world(), service)) };
    const queue = commandQueue(() => replica);
    const backlog = { refusal: () => undefined };
    const waitFor: WaitFor = (streamId, find, tooLong) =>
      new Promise((resolve, reject) => {
        let lookedAt: number | undefined = -1;
        let found: ReturnType<typeof find>;
        const isThere = () => {
          const version = service.store.streams.get(streamId)?.length;
          if (lookedAt !== version) found = find(service.store);
          lookedAt = version;
          return found !== undefined;
        };
        const giveUp = tooLong && (() => reject(tooLong()));
        replica.waits.push({ isThere, settle: () => resolve(found as never), giveUp });
      });
    const known = { queue, clock, backlog } as unknown as AnyHandlerParts;
    const handlers = parts.handlers(known, { deadlineMs, waitFor });
    const replica: Replica = { name: `${name}-${number}`, service, handlers, life: 1, ...emptyMemory() };
    replicas.push(replica);
  }
  return service;
}

/** What a process knows when it starts. */
export const emptyMemory = () => ({
  isUp: true,
  pausedUntilMs: 0,
  queue: [],
  relay: { phase: 'follows' } as const,
  consumers: new Map(),
  calls: [],
  waits: [],
  upstream: new Map(),
  pending: undefined,
  horizon: undefined,
  nextLookMs: 0,
});

function putItems(world: World): void {
  const { catalog } = world.services;
  const stock = drawStock(world.choices);
  const [replica] = catalog.replicas;
  if (!replica) return;
  const now = new Date(dbNowMs(world, catalog));
  const commands = ITEMS.map(({ sku, priceMinor }, index) => ({
    type: 'PutItem',
    sku,
    name: sku,
    price: { currency: 'EUR', minor: priceMinor },
    initialOnHand: stock[index],
  }));
  transact(world, replica, (tx) =>
    runSlice(
      tx,
      catalog.parts.model,
      commands.map((command) => ({ command, now })),
      true,
    ),
  );
  world.say(() => `on the shelf: ${ITEMS.map(({ sku }, index) => `${stock[index]} ${sku}`).join(', ')}`);
}
