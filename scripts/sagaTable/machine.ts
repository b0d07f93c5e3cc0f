/**
 * A decider as a table: every sample state, met by every sample of what may arrive, decided by the real decider.
 *
 * Throws where the table would have a hole: a state that is reached and has no row, two samples for one row, an event that
 * is subscribed to and has no column, a refusal without a remedy.
 */
import type { Decider, Decision, Refusal } from '../../platform/decider.ts';
import { type AnyEvent, shortName } from '../../platform/events.ts';

/** Something that arrives, and the command that it becomes. */
export interface Arrival<C> {
  readonly name: string;
  readonly command: C;
  /** Full names of the events that bring it; none: it comes otherwise. */
  readonly events: readonly string[];
  /** Who else brings it: an rpc, a timer, the provider's answer. */
  readonly others: readonly string[];
  /** Its refusals reach a caller, who is told; otherwise they are alarms. */
  readonly isAnswered: boolean;
}

export interface Machine<S, C, E extends AnyEvent> {
  readonly title: string;
  /** What a reader must know of the columns and rows. */
  readonly intro: string;
  readonly decider: Decider<S, C, E>;
  /** Rows, in this order. */
  readonly states: readonly S[];
  /** Names a row: states that decide alike have one name. */
  readonly nameOf: (state: S) => string;
  readonly arrivals: readonly Arrival<C>[];
  /** Full names of the events that the service's policies read, and of those of the other services that they leave alone. */
  readonly subscribed: readonly string[];
  readonly leftAlone: readonly string[];
  /** What to do about a refusal, by its reason. */
  readonly remedies: Readonly<Record<string, string>>;
}

export type Outcome =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'events'; readonly events: readonly string[]; readonly to: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Cell {
  readonly state: string;
  readonly arrival: string;
  readonly isAnswered: boolean;
  readonly outcome: Outcome;
}

/** A machine without its types: what is rendered. */
export interface Table {
  readonly title: string;
  readonly intro: string;
  readonly states: readonly string[];
  readonly arrivals: readonly Omit<Arrival<unknown>, 'command'>[];
  /** By state, then by arrival, in their orders. */
  readonly cells: readonly (readonly Cell[])[];
  readonly leftAlone: readonly string[];
  readonly remedies: Readonly<Record<string, string>>;
}

const NOW = new Date(0);

export function tableOf<S, C, E extends AnyEvent>(machine: Machine<S, C, E>): Table {
  const { title, intro, states, nameOf, arrivals, leftAlone, remedies } = machine;
  const names = states.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${title}: two samples of the state ${twice}`);
  checkSubscriptions(machine);
  const cells = states.map((state) =>
    arrivals.map((arrival): Cell => {
      const outcome = outcomeOf(machine, state, arrival.command);
      const where = `${title}: ${arrival.name} in state ${nameOf(state)}`;
      if (outcome.kind === 'events' && !names.includes(outcome.to)) {
        throw new Error(`${where} leads to ${outcome.to}, of which there is no sample`);
      }
      if (outcome.kind === 'refused' && !remedies[outcome.refusal.reason]) {
        throw new Error(`${where} is refused with ${outcome.refusal.reason}, which has no remedy`);
      }
      return { state: nameOf(state), arrival: arrival.name, isAnswered: arrival.isAnswered, outcome };
    }),
  );
  const told = new Set(
    cells.flat().flatMap(({ outcome }) => (outcome.kind === 'refused' ? outcome.refusal.reason : [])),
  );
  const unused = Object.keys(remedies).find((reason) => !told.has(reason));
  if (unused !== undefined) throw new Error(`${title}: nothing is refused with ${unused}`);
  return { title, intro, states: names, arrivals, cells, leftAlone, remedies };
}

function checkSubscriptions<S, C, E extends AnyEvent>({
  title,
  arrivals,
  subscribed,
}: Machine<S, C, E>): void {
  const sampled = new Set(arrivals.flatMap(({ events }) => events));
  const [missing] = new Set(subscribed).symmetricDifference(sampled);
  if (missing === undefined) return;
  const how = sampled.has(missing) ? 'has a sample, and no policy reads it' : 'is read, and has no sample';
  throw new Error(`${title}: ${missing} ${how}`);
}

function outcomeOf<S, C, E extends AnyEvent>(
  { decider, nameOf }: Pick<Machine<S, C, E>, 'decider' | 'nameOf'>,
  state: S,
  command: C,
): Outcome {
  const decision: Decision<E> = decider.decide(command, state, { now: NOW });
  if ('refusal' in decision) return { kind: 'refused', refusal: decision.refusal };
  if (decision.events.length === 0) return { kind: 'nothing' };
  const after = decision.events.reduce(
    (before, event, index) => decider.evolve(before, event, { version: index + 1, time: NOW }),
    state,
  );
  return { kind: 'events', events: decision.events.map(({ type }) => type), to: nameOf(after) };
}

/** `event PaymentVoided`, `rpc CancelOrder`. */
export const sourcesOf = ({ events, others }: Pick<Arrival<unknown>, 'events' | 'others'>): string[] => [
  ...events.map((event) => `event ${shortName(event)}`),
  ...others,
];
