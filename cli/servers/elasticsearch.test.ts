import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { startElasticsearch } from './elasticsearch.ts';
import { freePorts } from './ports.ts';
import { testElasticsearch, testFolder } from './testing.ts';
import type { RunningServer } from './types.ts';

describe('Elasticsearch', function () {
  this.timeout(60_000);
  let server: RunningServer;
  before(async function () {
    this.timeout(120_000);
    server = await testElasticsearch();
  });

  it('works, and is of a version that the client knows', async () => {
    assert.match(server.version, /^[89]\./);
    const response = await fetch(`${server.url}/_cluster/health`);
    assert.notEqual(((await response.json()) as { status: string }).status, 'red');
  });

  it('refuses requests for what they need, and not for the garbage in its heap', async () => {
    const response = await fetch(`${server.url}/_nodes/stats/breaker,jvm`);
    const { nodes } = (await response.json()) as {
      nodes: Record<string, { breakers: Record<string, object>; jvm: { mem: object } }>;
    };
    for (const { breakers, jvm } of Object.values(nodes)) {
      const { estimated_size_in_bytes: counted } = breakers.parent as { estimated_size_in_bytes: number };
      const { heap_used_in_bytes: used } = jvm.mem as { heap_used_in_bytes: number };
      assert.ok(counted < used / 2, `${counted} of ${used} bytes`);
    }
  });

  it('is used where it runs already, if its URL is given', async () => {
    const port = await freePorts(2);
    const external = await startElasticsearch({
      dataDir: join(testFolder(), 'unused'),
      port,
      transportPort: port + 1,
      logFile: join(testFolder(), 'unused.log'),
      env: { ORDERLOG_ELASTICSEARCH_URL: `${server.url}/` },
    });
    assert.deepEqual([external.source, external.version], ['url', server.version]);
  });

  it('says what to install where there is no Java, or an old one, before it fetches anything', async () => {
    const port = await freePorts(2);
    const start = (env: NodeJS.ProcessEnv) =>
      startElasticsearch({
        dataDir: join(testFolder(), 'no-java'),
        port,
        transportPort: port + 1,
        logFile: join(testFolder(), 'no-java.log'),
        env: { XDG_CACHE_HOME: join(testFolder(), 'empty-cache'), ...env },
      });
    await assert.rejects(start({ PATH: '/nowhere' }), /needs Java 17 or newer: install one .*JAVA_HOME/);
    const home = join(testFolder(), 'old-java');
    mkdirSync(join(home, 'bin'), { recursive: true });
    const said = 'java.home = /old\\n java.specification.version = 1.8\\n';
    writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\nprintf '${said}' >&2\n`);
    chmodSync(join(home, 'bin', 'java'), 0o755);
    await assert.rejects(
      start({ PATH: '/nowhere', JAVA_HOME: home }),
      /needs Java 17 or newer \(.*old-java.*java is 1\.8\)/,
    );
  });
});
