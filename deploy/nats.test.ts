import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { runCommand } from '../cli/servers/commands.ts';
import { findNats } from '../cli/servers/natsBinary.ts';
import { natsUsers } from '../cli/servers/natsUsers.ts';
import { testFolder } from '../cli/servers/testing.ts';
import { testAuthority } from '../platform/tls/certificates.testing.ts';
import { environmentOf, type Manifest, manifestsOf, overlays, workloadsOf } from './manifests.ts';
import { processes } from './processes.ts';

const { env } = process;
/** kustomize puts a hash behind the name of a Secret that it makes. */
const secretOf = (name: string, key: string) => `${name.replace(/^(orderlog-nats-[a-z]+)-.*/, '$1')}.${key}`;
/** Three full streams (components/nats/streams.env) at 10 MB a second, and some time to read them. */
const CATCH_UP_S = 1_800;
const passwordOf = (user: string) => `orderlog-nats-${user}.password`;

for (const overlay of overlays) {
  describe(`NATS in the manifests of ${overlay}`, function () {
    this.timeout(600_000);
    let folder: string;
    let all: readonly Manifest[];

    before(async () => {
      folder = mkdtempSync(join(testFolder(), 'nats-'));
      all = await manifestsOf(overlay, env);
    });
    after(() => rmSync(folder, { recursive: true }));

    const containerOf = (workload: string) => {
      const found = workloadsOf(all).find(({ manifest }) => manifest.metadata.name === workload);
      assert.ok(found?.pod.containers[0], workload);
      return found.pod.containers[0];
    };
    const environment = (workload: string) => environmentOf(containerOf(workload), all, secretOf);

    it('has a configuration that nats-server takes, with the password of every user', async () => {
      const config = all.find(
        ({ kind, metadata }) => kind === 'ConfigMap' && /^orderlog-nats-\w{10}$/.test(metadata.name),
      );
      // As the Secret would be mounted, in the overlay that has TLS.
      testAuthority(folder).issue('tls');
      for (const [name, text] of Object.entries(config?.data ?? {})) {
        writeFileSync(join(folder, name), text.replaceAll('/etc/nats-tls', folder));
      }
      const variables = environment('orderlog-nats');
      const { command } = await findNats({ env });
      const check = (without: string) => {
        const given = { ...variables, POD_NAME: 'orderlog-nats-0' };
        const args = ['-t', '--config', join(folder, 'nats.conf')];
        return runCommand(command, args, {
          env: {
            PATH: env.PATH,
            ...Object.fromEntries(Object.entries(given).filter(([n]) => n !== without)),
          },
          timeoutMs: 60_000,
        });
      };
      await check('');
      for (const { name } of natsUsers) {
        const variable = `NATS_${name.toUpperCase()}_PASSWORD`;
        assert.equal(variables[variable], passwordOf(name));
        await assert.rejects(check(variable), new RegExp(`variable reference.*${variable}`));
      }
    });

    it('is taken for started when its streams have caught up, before the next node is stopped', () => {
      const spec = all.find(
        ({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'orderlog-nats',
      )?.spec;
      const { startupProbe, livenessProbe } = containerOf('orderlog-nats');
      // Alone it has nobody to catch up with, and stays up whatever became of its streams.
      const isAlone = spec?.replicas === 1;
      assert.equal(startupProbe?.httpGet?.path, isAlone ? '/healthz?js-server-only=true' : '/healthz');
      const { periodSeconds = 0, failureThreshold = 0 } = startupProbe ?? {};
      assert.ok(periodSeconds * failureThreshold >= CATCH_UP_S, 'one that still catches up is killed');
      assert.equal(livenessProbe?.httpGet?.path, '/healthz?js-enabled-only=true');
    });

    it('is called by each process as the user of its name', () => {
      const callers = processes.filter(({ config }) => 'ORDERLOG_NATS_URL' in config);
      assert.equal(callers.length, natsUsers.filter(({ permissions }) => permissions).length);
      for (const { name } of callers) {
        const url = new URL(environment(`orderlog-${name}`).ORDERLOG_NATS_URL ?? '');
        assert.deepEqual(
          [url.username, url.password, url.host],
          [name, passwordOf(name), 'orderlog-nats:4222'],
        );
      }
    });
  });
}
