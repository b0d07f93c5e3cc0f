/** Fetches what the servers of tests are started from, and the tools that judge manifests, before processes ask for it at once and the time of a test runs. */
import { findElasticsearch } from '../../cli/servers/elasticsearchDistribution.ts';
import { findNats } from '../../cli/servers/natsBinary.ts';
import { letServerUserIn, serverUser } from '../../cli/servers/serverUser.ts';
import { StartError } from '../../cli/servers/types.ts';
import { findTool, TOOLS } from '../../deploy/tools.ts';

const { env } = process;
letServerUserIn();
try {
  await Promise.all([
    findNats({ env }),
    fetchTools(),
    env.ORDERLOG_ELASTICSEARCH_URL ? undefined : findElasticsearch({ env }, serverUser()),
  ]);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** One after the other: each is built by all cores. */
async function fetchTools(): Promise<void> {
  for (const tool of TOOLS) await findTool(tool, env);
}
