/** The table: what befalls the system, and the scenarios that go through it. */
import { isAck } from '../../platform/tcpProxy.testing.ts';
import type { Group } from './disturbance.ts';
import {
  calm,
  cuttingCalls,
  deliveringAgain,
  killing,
  killingDuringRefund,
  killingInItsTracks,
  killingWhileHeld,
  losingAnswers,
  losingCallAnswers,
  pausing,
  providerFault,
  shortDeadlines,
} from './disturbances.ts';
import { cancels } from './scenarios/cancels.ts';
import {
  afterEnd,
  beforeCharge,
  beforeReservation,
  beyondDeadline,
  duringCharge,
  sometime,
  withoutCalls,
} from './scenarios/disturbed.ts';
import { outcomes } from './scenarios/outcomes.ts';
import { repeats } from './scenarios/repeats.ts';

const STREAMS = { order: 'ORDERS', catalog: 'CATALOG', payment: 'PAYMENTS' } as const;
const commitTag = Buffer.from('COMMIT\0');

const losingAcks = losingAnswers(
  'while every third acknowledgement of nats is lost',
  'nats',
  3,
  (service, bytes) => isAck(STREAMS[service], bytes),
);
const losingCommits = losingAnswers('while every fifth answer to COMMIT is lost', 'postgres', 5, (_, bytes) =>
  bytes.includes(commitTag),
);

/** One after the other. Each process is killed as seldom as can be: after each time its supervisor waits longer. */
export const groups: readonly Group[] = [
  { disturbance: calm, scenarios: [...outcomes, ...repeats, ...cancels] },
  {
    disturbance: killingWhileHeld('order', 'catalog', 'before the reservation'),
    scenarios: beforeReservation,
  },
  { disturbance: pausing('payment'), scenarios: beforeCharge },
  { disturbance: killingInItsTracks('catalog', 'before the reservation'), scenarios: beforeReservation },
  { disturbance: providerFault('down', 'while the provider is down'), scenarios: beforeCharge },
  { disturbance: killingInItsTracks('payment', 'before the charge'), scenarios: beforeCharge },
  { disturbance: losingAcks, scenarios: sometime },
  {
    disturbance: killingWhileHeld('order', 'payment', 'between reservation and charge'),
    scenarios: beforeCharge,
  },
  {
    disturbance: providerFault('drop', 'while the provider charges and every answer is lost'),
    scenarios: beforeCharge,
  },
  { disturbance: killing(['catalog'], 'during the charge'), scenarios: duringCharge },
  { disturbance: losingCommits, scenarios: sometime },
  { disturbance: killing(['payment'], 'during the charge'), scenarios: duringCharge },
  { disturbance: losingCallAnswers, scenarios: sometime },
  { disturbance: killing(['order'], 'during the charge'), scenarios: duringCharge },
  { disturbance: shortDeadlines(), scenarios: beyondDeadline },
  { disturbance: killingDuringRefund, scenarios: afterEnd },
  { disturbance: killing(['nats'], 'during the charge'), scenarios: duringCharge },
  { disturbance: cuttingCalls, scenarios: withoutCalls },
  { disturbance: killing(['order', 'catalog', 'payment'], 'during the charge'), scenarios: duringCharge },
  { disturbance: killing(['postgres'], 'during the charge'), scenarios: duringCharge },
  { disturbance: deliveringAgain, scenarios: [...duringCharge, ...afterEnd] },
];
