/** Fetches what the servers of tests are started from, before processes ask for it at once and the time of a test runs. */
import { findElasticsearch } from '../../cli/servers/elasticsearchDistribution.ts';
import { findNats } from '../../cli/servers/natsBinary.ts';
import { letServerUserIn, serverUser } from '../../cli/servers/serverUser.ts';
import { StartError } from '../../cli/servers/types.ts';

const { env } = process;
letServerUserIn();
try {
  await Promise.all([
    findNats({ env }),
    env.ORDERLOG_ELASTICSEARCH_URL ? undefined : findElasticsearch({ env }, serverUser()),
  ]);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
