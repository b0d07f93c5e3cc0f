/** The provider, the network and the deadline: what is asked for gets no answer, or none in time. */
import { isAck } from '../../platform/tcpProxy.testing.ts';
import { describeModes } from './describeModes.ts';
import { cuttingCalls, losingAnswers, losingCallAnswers, providerFault, shortDeadlines } from './faults.ts';
import { beforeCharge, beyondDeadline, sometime, withoutCalls } from './scenarios/disturbed.ts';

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

describeModes('broken', [
  { disturbance: providerFault('down', 'while the provider is down'), scenarios: beforeCharge },
  {
    disturbance: providerFault('drop', 'while the provider charges and every answer is lost'),
    scenarios: beforeCharge,
  },
  { disturbance: losingAcks, scenarios: sometime },
  { disturbance: losingCommits, scenarios: sometime },
  { disturbance: losingCallAnswers, scenarios: sometime },
  { disturbance: cuttingCalls, scenarios: withoutCalls },
  { disturbance: shortDeadlines(), scenarios: beyondDeadline },
]);
