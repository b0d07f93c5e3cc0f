import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { tlsProblemOf } from '../platform/databaseUrl.ts';
import {
  type Container,
  environmentOf,
  type Manifest,
  manifestsOf,
  overlays,
  type PodSpec,
  workloadsOf,
} from './manifests.ts';

/** On one machine nobody listens on the way; everywhere else somebody may. */
const IN_THE_CLEAR = ['local'];
const ENCRYPTED = ['https:', 'tls:'];
/** Of others, with a certificate that the world knows. */
const OUTSIDE = ['api.stripe.com'];

const ofCertificate = /-tls$/;
const KEYS = ['tls.crt', 'tls.key', 'ca.crt'].map((key) => ({ key, path: key }));

/** Of what the container's files are made: the Secret's keys by their paths. */
function secretFilesOf(
  container: Container,
  pod: PodSpec,
): Readonly<Record<string, { secret: string; key: string }>> {
  const files = (container.volumeMounts ?? []).flatMap(({ name, mountPath, readOnly }) => {
    const secret = pod.volumes?.find((each) => each.name === name)?.secret;
    if (!secret || !readOnly) return [];
    return (secret.items ?? (ofCertificate.test(secret.secretName) ? KEYS : [])).map(
      ({ key, path }) => [join(mountPath, path), { secret: secret.secretName, key }] as const,
    );
  });
  return Object.fromEntries(files);
}

for (const overlay of overlays.filter((each) => !IN_THE_CLEAR.includes(each))) {
  describe(`what is talked in the manifests of ${overlay}`, function () {
    this.timeout(600_000);
    let all: readonly Manifest[];

    before(async () => {
      all = await manifestsOf(overlay, process.env);
    });

    /** All containers that there are, but those that operators make. */
    const containers = () =>
      workloadsOf(all).flatMap(({ manifest, pod }) =>
        [...pod.containers, ...(pod.initContainers ?? [])].map((container) => ({
          where: manifest.metadata.name,
          container,
          files: secretFilesOf(container, pod),
          variables: environmentOf(container, all, () => 'secret'),
        })),
      );
    const urls = () =>
      containers().flatMap(({ where, variables, files }) =>
        Object.entries(variables)
          .filter(([, value]) => value.includes('://'))
          .map(([name, value]) => ({ what: `${where}: ${name}`, url: new URL(value), files })),
      );
    const addresses = () =>
      containers().flatMap(({ where, variables }) =>
        Object.entries(variables)
          .filter(([name]) => /^ORDERLOG_\w+_ADDRESS$/.test(name))
          .map(([name, address]) => ({ what: `${where}: ${name}`, host: address.split(':')[0] ?? '' })),
      );
    const specOf = (kind: string, name: string) =>
      all.find((each) => each.kind === kind && each.metadata.name === name)?.spec;
    /** The Secrets in which a certificate is for this use and, of a server, has this name. */
    const secretsFor = (usage: string, host?: string) =>
      all
        .filter(({ kind }) => kind === 'Certificate')
        .filter(({ spec }) => spec?.usages?.includes(usage) && (!host || spec.dnsNames?.includes(host)))
        .map(({ spec }) => spec?.secretName);

    it('is nothing in the clear: every URL is of TLS, and of a database checks who answers', () => {
      const found = urls();
      // Three databases and analytics twice, four migrations of them, NATS five times, Elasticsearch twice, the provider.
      assert.ok(found.length >= 17, String(found.length));
      for (const { what, url, files } of found) {
        if (url.protocol !== 'postgres:') {
          assert.ok(ENCRYPTED.includes(url.protocol), `${what} is of ${url.protocol}`);
          continue;
        }
        const { searchParams } = url;
        assert.equal(searchParams.get('sslmode'), 'verify-full', what);
        const ca = files[searchParams.get('sslrootcert') ?? ''];
        assert.deepEqual(ca?.key, 'ca.crt', `${what}: its CA is not mounted`);
        // The files are not here: else the code takes it as it stands.
        searchParams.delete('sslrootcert');
        assert.equal(tlsProblemOf(url), undefined, what);
      }
    });

    it('is between services with the certificate of each, which no other has', () => {
      const services = workloadsOf(all).filter(({ manifest }) => manifest.kind === 'Deployment');
      assert.ok(services.length > 0);
      for (const { where, files, variables } of containers()) {
        if (!services.some(({ manifest }) => manifest.metadata.name === where)) continue;
        const material = ['CERT', 'KEY', 'CA'].map(
          (part) => files[variables[`ORDERLOG_TLS_${part}_FILE`] ?? ''],
        );
        const secret = `${where}-tls`;
        assert.deepEqual(
          material,
          ['tls.crt', 'tls.key', 'ca.crt'].map((key) => ({ secret, key })),
          where,
        );
        assert.ok(
          secretsFor('client auth').includes(secret),
          `${where} shows a certificate that is for no client`,
        );
      }
      for (const { where, files } of containers()) {
        for (const { secret, key } of Object.values(files)) {
          if (key === 'tls.key') assert.equal(secret, `${where}-tls`, where);
        }
      }
    });

    it('is talked to servers by a name that their certificate has', () => {
      const routes = JSON.stringify(all).matchAll(/nats:\/\/([\w.-]+):6222/g);
      const hosts = [
        ...urls().map(({ what, url }) => ({ what, host: url.hostname })),
        ...addresses(),
        ...[...routes].map(([, host = '']) => ({ what: 'a route of NATS', host })),
      ].filter(({ host }) => !OUTSIDE.includes(host));
      for (const { what, host } of hosts) {
        assert.equal(
          secretsFor('server auth', host).length,
          1,
          `${what}: no certificate has the name ${host}`,
        );
      }
    });

    it('is TLS at the stores too: they show the certificates that were made for them', () => {
      const [postgres] = secretsFor('server auth', 'orderlog-postgres-rw');
      assert.ok(postgres);
      assert.deepEqual(specOf('Cluster', 'orderlog-postgres')?.certificates, {
        serverCASecret: postgres,
        serverTLSSecret: postgres,
      });
      const [elasticsearch] = secretsFor('server auth', 'orderlog-es-http');
      assert.deepEqual(specOf('Elasticsearch', 'orderlog')?.http?.tls, {
        certificate: { secretName: elasticsearch },
      });
      const nats = containers().find(({ container }) => container.name === 'nats');
      const [natsSecret] = secretsFor('server auth', 'orderlog-nats');
      assert.equal(nats?.files['/etc/nats-tls/tls.key']?.secret, natsSecret);
      assert.ok(secretsFor('client auth').includes(natsSecret), 'nodes call one another');
    });
  });
}
