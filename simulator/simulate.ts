/**
 * One run: a function of its choices. Each step is one action of one actor; how long each waits is drawn, so that whatever
 * could come first does so in some run. Faults come in between. Then the world is healed, comes to rest, and is audited
 * (invariants/).
 */
import type { ChoiceMap, Choices } from './choices.ts';
import { isOpen } from './clients.ts';
import type { Composition } from './composition.ts';
import { createWorld } from './createWorld.ts';
import { noFaults } from './faultRates.ts';
import { audit } from './invariants/audit.ts';
import { named } from './names.ts';
import { randomFrom } from './random.ts';
import { drawFaults, type StandingFault } from './standingFaults.ts';
import { step } from './step.ts';
import { Violation } from './violation.ts';
import { allReplicas, type World } from './world.ts';

export interface Run {
  /** undefined: every promise was kept. */
  readonly violation: Violation | undefined;
  readonly choices: ChoiceMap;
  readonly sagas: number;
  readonly steps: number;
  /** Numbers of the operations that clients had. */
  readonly operations: readonly number[];
  /** The schedule in words, if it was asked for. */
  readonly words: readonly string[];
}

export interface RunOptions {
  readonly inWords?: boolean;
  /** Numbers of operations that are left out. */
  readonly omitted?: ReadonlySet<number>;
}

const NONE: ReadonlySet<number> = new Set();
const MAX_LOAD_STEPS = 3_000;
/** How often in a row nothing but time may pass: a client waits for what will not come. */
const MAX_IDLE = 2_000;
const MAX_REST_STEPS = 5_000;
const MAX_REST_MS = 48 * 3_600_000;

export async function simulate(
  choices: Choices,
  composition: Composition,
  { inWords = false, omitted = NONE }: RunOptions = {},
): Promise<Run> {
  const words: string[] = [];
  let violation: Violation | undefined;
  let world: World | undefined;
  const say = (text: () => string) => words.push(`${String(world?.step ?? 0).padStart(5)}  ${named(text())}`);
  const { random } = Math;
  // Jitter in the code that runs here comes from a sequence of its own: a run is a function of its choices.
  Math.random = randomFrom(1);
  try {
    const broken = (found: Violation) => {
      violation ??= found;
    };
    const isOver = () => violation !== undefined;
    world = createWorld(choices, composition, omitted, { say: inWords ? say : () => undefined, broken });
    await load(world, isOver);
    if (!isOver()) await rest(world, isOver);
    if (!isOver()) audit(world);
  } catch (error) {
    violation ??= error instanceof Violation ? error : asViolation(error);
  } finally {
    Math.random = random;
  }
  const operations = world?.clients ?? [];
  return {
    violation,
    choices: choices.taken,
    sagas: operations.filter(({ method }) => method === 'placeOrder').length,
    steps: world?.step ?? 0,
    operations: operations.map(({ number }) => number),
    words,
  };
}

/** Something threw where nothing may: a bug, be it the simulator's own. */
function asViolation(error: unknown): Violation {
  const violation = new Violation('bug', String(error));
  if (error instanceof Error) violation.stack = error.stack ?? '';
  return violation;
}

/** With faults, until every client is content. */
async function load(world: World, isOver: () => boolean): Promise<void> {
  const beginnings = world.clients.map(({ notBeforeMs }) => notBeforeMs);
  const faults = drawFaults(world.choices, world.nowMs, Math.max(world.nowMs, ...beginnings));
  const isDone = () => faults.length === 0 && !world.clients.some(isOpen);
  let idle = 0;
  while (!isOver() && !isDone() && world.step < MAX_LOAD_STEPS && idle < MAX_IDLE) {
    const before = world.step;
    if (!(await step(world, faults[0]?.atMs))) strike(world, faults);
    idle = world.step > before || faults.length > 0 ? 0 : idle + 1;
    while ((faults[0]?.atMs ?? Number.POSITIVE_INFINITY) <= world.nowMs) strike(world, faults);
  }
}

function strike(world: World, faults: StandingFault[]): void {
  const fault = faults.shift();
  if (!fault) return;
  world.nowMs = Math.max(world.nowMs, fault.atMs);
  fault.run(world);
}

/** Without faults, until nothing is left to do. */
async function rest(world: World, isOver: () => boolean): Promise<void> {
  world.say(() => 'all faults end, and the system is left to come to rest');
  world.isHealed = true;
  world.rates = noFaults;
  world.poisoned.clear();
  world.provider.isDown = false;
  for (const replica of allReplicas(world)) replica.pausedUntilMs = 0;
  const untilStep = world.step + MAX_REST_STEPS;
  const untilMs = world.nowMs + MAX_REST_MS;
  while (!isOver() && (await step(world, undefined))) {
    if (world.step > untilStep) throw new Violation('rest', `there is no rest after ${MAX_REST_STEPS} steps`);
    if (world.nowMs > untilMs)
      throw new Violation('rest', `there is no rest after ${MAX_REST_MS / 3_600_000} hours`);
  }
}
