/** The services themselves: whether they serve, publish what they commit, and read what others publish. */
import { type Asked, type Finding, findingsOf, isReached } from '../finding.ts';

export interface ServiceFacts {
  readonly serving: boolean;
  /** What of its needs is missing, such as `dependency.postgres`. */
  readonly missing: readonly string[];
  readonly relay: { readonly leader: string; readonly error: string };
  readonly consumers: readonly ConsumerFacts[];
  /** Of the Order service: why deadlines do not act; empty if they do. */
  readonly timersWaitFor: string;
}

export interface ConsumerFacts {
  readonly name: string;
  readonly lag: number;
  readonly owner: string;
  readonly error: string;
  readonly parkedAggregates: number;
}

const LAG_WARN_EVENTS = 1_000;

export function judgeService(name: string, asked: Asked<ServiceFacts>): readonly Finding[] {
  const of = findingsOf(name);
  if (!isReached(asked)) {
    const advice = `start it (npm start keeps it running, and says in its log why it does not), or see logs/${name}.log in the data folder`;
    return [of.fail('reachable', asked.unreachable, advice)];
  }
  const { serving, missing, relay, consumers, timersWaitFor } = asked.facts;
  return [
    serving && missing.length === 0
      ? of.ok('serving', 'yes')
      : of.fail(
          'serving',
          missing.length > 0 ? `it lacks ${missing.join(', ')}` : 'no',
          'see its log, and the findings of what it lacks',
        ),
    relay.error !== ''
      ? of.fail(
          'relay',
          relay.error,
          'see the findings of nats and of its stream; orderlog recover tells whether log and database match',
        )
      : relay.leader === ''
        ? of.fail('relay', 'nobody leads', 'start a replica: what is committed is not published')
        : of.ok('relay', `led by ${relay.leader}`),
    ...consumers.flatMap((consumer) => judgeConsumer(name, consumer)),
    ...(timersWaitFor === ''
      ? []
      : [
          of.warn(
            'deadlines',
            timersWaitFor,
            'they act once all that happened before them is known: mend what holds it back',
          ),
        ]),
  ];
}

function judgeConsumer(
  service: string,
  { name, lag, owner, error, parkedAggregates }: ConsumerFacts,
): readonly Finding[] {
  const of = findingsOf(service);
  const check = `consumer ${name}`;
  const findings: Finding[] = [];
  if (error !== '')
    findings.push(of.fail(check, error, 'see its log: it does not read, and its orders wait'));
  else if (owner === '') findings.push(of.fail(check, 'nobody reads', `start a replica of ${service}`));
  else if (lag >= LAG_WARN_EVENTS)
    findings.push(
      of.warn(check, `${lag} events behind`, 'wait while it catches up; if it does not, add a replica'),
    );
  else findings.push(of.ok(check, lag === 0 ? 'at the end' : `${lag} events behind`));
  if (parkedAggregates > 0) {
    const found = `${parkedAggregates} aggregate(s) wait`;
    findings.push(
      of.warn(
        `parked at ${name}`,
        found,
        'orderlog parked list says why; after a fix: orderlog parked replay --all',
      ),
    );
  }
  return findings;
}

export interface GatewayFacts {
  readonly ready: boolean;
  /** What it says of its parts. */
  readonly detail: string;
}

export function judgeGateway(asked: Asked<GatewayFacts>): readonly Finding[] {
  const of = findingsOf('gateway');
  if (!isReached(asked)) {
    return [of.fail('reachable', asked.unreachable, 'start it, or see logs/gateway.log in the data folder')];
  }
  const { ready, detail } = asked.facts;
  return [
    ready ? of.ok('ready', detail) : of.fail('ready', detail, 'see the findings of the parts that it names'),
  ];
}
