/** Every fault, in the order in which they are run. */
import type { Fault } from '../fault.ts';
import { clusterFaults } from './cluster.ts';
import { crashes } from './crash.ts';
import { deadlineFaults } from './deadlines.ts';
import { deployFaults } from './deploy.ts';
import { diskFaults } from './disk.ts';
import { elasticsearchFaults } from './elasticsearch.ts';
import { kills } from './kill.ts';
import { loadFaults } from './load.ts';
import { lostAnswers } from './lostAnswers.ts';
import { lostLogs } from './lostLog.ts';
import { networkFaults } from './network.ts';
import { pauses } from './pause.ts';
import { poisonFaults } from './poison.ts';
import { postgresFaults } from './postgres.ts';
import { providerFaults } from './provider.ts';
import { publisherFaults } from './publisher.ts';
import { replicaFaults } from './replicas.ts';
import { restoredDatabases } from './restoredDatabase.ts';
import { rolls } from './roll.ts';
import { timeFaults } from './time.ts';

export const faults: readonly Fault[] = [
  ...kills,
  ...crashes,
  ...rolls,
  ...replicaFaults,
  ...pauses,
  ...networkFaults,
  ...lostAnswers,
  ...providerFaults,
  ...postgresFaults,
  ...elasticsearchFaults,
  ...timeFaults,
  ...loadFaults,
  ...publisherFaults,
  ...deployFaults,
  ...restoredDatabases,
  ...lostLogs,
  ...poisonFaults,
  ...deadlineFaults,
  ...clusterFaults,
  ...diskFaults,
];
