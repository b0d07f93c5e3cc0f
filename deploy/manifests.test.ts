import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { runCommand } from '../cli/servers/commands.ts';
import { testFolder } from '../cli/servers/testing.ts';
import { NODE_FLAGS } from '../cli/start/nodeFlags.ts';
import { DEFAULT_GRACE_MS } from '../platform/lifecycle.ts';
import { serviceConfig } from '../platform/serviceConfig.ts';
import { root } from '../scripts/run.ts';
import { WEBHOOK_PATH } from '../services/payment/webhooks/server.ts';
import { clearSecrets } from './clearSecrets.ts';
import { isExcepted, type Scored } from './exceptions.ts';
import { judgeSchemas } from './kubeconform.ts';
import {
  buildText,
  type Container,
  commandLineOf,
  containersOf,
  environmentOf,
  type Manifest,
  manifestsIn,
  overlays,
  workloadsOf,
} from './manifests.ts';
import { type Process, processes } from './processes.ts';
import { settingsOf } from './settings.ts';
import { findTool } from './tools.ts';

const { env } = process;
const TOOL_TIMEOUT_MS = 60_000;
const ROOM_MS = 5_000;
/** Of each service with a write side: that of rpcs, and that of all that drains the system. */
const POOLS = 2;
/** A roll starts one before it stops another (patches/deployment.yaml). */
const SURGE = 1;
const ROOM_CONNECTIONS = 50;
const NAME_LABEL = 'app.kubernetes.io/name';

for (const overlay of overlays) {
  describe(`the manifests of ${overlay}`, function () {
    this.timeout(600_000);
    let folder: string;
    let file: string;
    let all: readonly Manifest[];

    before(async () => {
      folder = mkdtempSync(join(testFolder(), 'manifests-'));
      file = join(folder, 'all.yaml');
      const text = await buildText(overlay, env);
      writeFileSync(file, text);
      all = manifestsIn(text);
    });
    after(() => rmSync(folder, { recursive: true }));

    /** The containers that run our own image, with the process that each runs. */
    const own = (): readonly { where: string; container: Container; runs: Process | undefined }[] =>
      workloadsOf(all).flatMap(({ manifest, pod }) =>
        pod.containers
          .filter(({ name }) => name === 'app')
          .map((container) => ({
            where: manifest.metadata.name,
            container,
            runs: processes.find(({ main }) => commandLineOf(container).includes(main)),
          })),
      );
    const services = () => own().flatMap(({ runs, ...rest }) => (runs ? [{ ...rest, runs }] : []));
    const variablesOf = (container: Container) =>
      environmentOf(container, all, (name, key) => `<${name}/${key}>`);
    const ours = (names: readonly string[]) => names.filter((name) => name.startsWith('ORDERLOG_')).sort();

    it('are valid, strictly', async () => assert.deepEqual(await judgeSchemas(file, env), []));

    it('have nothing that kube-score finds wrong, but for what has its reason', async () => {
      const args = ['score', '--output-format', 'json', '--exit-one-on-warning', file];
      const tool = await findTool('kube-score', env);
      const said = await runCommand(tool, args, { env, timeoutMs: TOOL_TIMEOUT_MS }).catch(
        (error: { output: string }) => error.output,
      );
      const objects = JSON.parse(said) as readonly Scored[];
      const found = objects.flatMap(({ object_name: name, checks }) =>
        checks
          .filter(({ grade, skipped }) => grade < 10 && !skipped)
          .filter(({ check }) => !isExcepted(check.id, name))
          .map(({ check }) => `${name}: ${check.id}`),
      );
      assert.deepEqual(found, []);
    });

    it('keep to the pod security standard "restricted", and give no pod a token', () => {
      const broken = workloadsOf(all).flatMap(({ manifest, pod }) => {
        const containers = containersOf(pod);
        const rules: Readonly<Record<string, boolean>> = {
          'no token': pod.automountServiceAccountToken === false,
          'an account of its own': (pod.serviceAccountName ?? 'default') !== 'default',
          'not root': pod.securityContext?.runAsNonRoot === true,
          seccomp: pod.securityContext?.seccompProfile?.type === 'RuntimeDefault',
          'nothing of the host': !pod.hostNetwork && !pod.hostPID && !pod.hostIPC,
          'no host path': !(pod.volumes ?? []).some((volume) => 'hostPath' in volume),
          'no variables of Services': pod.enableServiceLinks === false,
          'no more privileges': containers.every(
            (each) => each.securityContext?.allowPrivilegeEscalation === false,
          ),
          'read-only root': containers.every((each) => each.securityContext?.readOnlyRootFilesystem === true),
          'no capabilities': containers.every(
            ({ securityContext }) =>
              securityContext?.capabilities?.drop?.includes('ALL') && !securityContext.capabilities.add,
          ),
        };
        return Object.entries(rules).flatMap(([rule, kept]) =>
          kept ? [] : [`${manifest.metadata.name}: ${rule}`],
        );
      });
      assert.deepEqual(broken, []);
    });

    it('have the recommended labels', () => {
      const wanted = ['name', 'part-of', 'managed-by', 'instance'].map(
        (label) => `app.kubernetes.io/${label}`,
      );
      const labelled = all.filter(({ kind }) => !['Namespace', 'ConfigMap', 'Secret'].includes(kind));
      for (const { kind, metadata } of labelled) {
        const missing = wanted.filter((label) => !metadata.labels?.[label]);
        assert.deepEqual(missing, [], `${kind} ${metadata.name}`);
      }
    });

    it('name an image of ours by its digest, or in a local cluster by a tag', () => {
      for (const { where, container } of own()) {
        const wanted = overlay === 'local' ? /^orderlog:local$/ : /^[^:]+\/orderlog@sha256:[0-9a-f]{64}$/;
        assert.match(container.image, wanted, where);
      }
    });

    it('run what is there, by Node with the flags that the image was compiled under', () => {
      const started = ['node', ...NODE_FLAGS];
      for (const { where, container } of own()) {
        const line = commandLineOf(container);
        assert.deepEqual(line.slice(0, started.length), started, where);
        const script = line[started.length] ?? '';
        assert.ok(script !== '' && existsSync(join(root, script)), `${where}: ${script}`);
      }
      const run = services().map(({ runs }) => runs.name);
      const wanted = processes
        .map(({ name }) => name)
        .filter((name) => overlay === 'local' || name !== 'sandbox');
      assert.deepEqual(run.sort(), wanted.sort());
    });

    it('give each process the settings that it must have, and none that it does not know', () => {
      for (const { where, container, runs } of services()) {
        const given = ours(Object.keys(variablesOf(container)));
        const known = settingsOf(runs.config);
        assert.deepEqual(
          given.filter((name) => !known.some((each) => each.name === name)),
          [],
          `${where} does not know`,
        );
        const needed = known.filter(({ isRequired }) => isRequired).map(({ name }) => name);
        assert.deepEqual(
          needed.filter((name) => !given.includes(name)),
          [],
          `${where} lacks`,
        );
      }
    });

    it('give secrets by reference: none stands in a ConfigMap, or in the clear in a container', () => {
      for (const { manifest, pod } of workloadsOf(all)) {
        for (const { name, env = [], envFrom = [] } of containersOf(pod)) {
          const where = `${manifest.metadata.name}: ${name}`;
          assert.deepEqual(clearSecrets(env), [], where);
          const maps = envFrom.map(({ configMapRef }) => configMapRef?.name);
          const inMaps = all
            .filter(({ kind, metadata }) => kind === 'ConfigMap' && maps.includes(metadata.name))
            .flatMap(({ data }) => Object.entries(data ?? {}))
            .map(([key, value]) => ({ name: key, value }));
          assert.deepEqual(clearSecrets(inMaps), [], where);
        }
      }
    });

    it('have the ports at which each process listens, in its container, its Service and its probes', () => {
      for (const { where, container, runs } of services()) {
        const variables = variablesOf(container);
        const listens = Object.entries(variables)
          .filter(([name]) => name.endsWith('_LISTEN'))
          .map(([, address]) => Number(address.split(':').at(-1)));
        const ports = container.ports ?? [];
        assert.deepEqual(ports.map(({ containerPort }) => containerPort).sort(), listens.sort(), where);
        const service = all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === where);
        for (const { port, targetPort } of service?.spec?.ports ?? []) {
          assert.equal(ports.find(({ name }) => name === targetPort)?.containerPort, port, where);
        }
        if (runs.name === 'sandbox') continue;
        // A probe shows no certificate.
        const asked = 'ORDERLOG_TLS_CERT_FILE' in variables ? 'health' : 'grpc';
        const port = ports.find(({ name }) => name === asked)?.containerPort;
        const { startupProbe, readinessProbe, livenessProbe } = container;
        assert.deepEqual(startupProbe?.grpc, { port, service: 'liveness' }, where);
        assert.deepEqual(readinessProbe?.grpc, { port, service: 'readiness' }, where);
        assert.deepEqual(livenessProbe?.grpc, { port, service: 'liveness' }, where);
      }
    });

    it('send each address of a service to a Service that has that port', () => {
      for (const { where, container } of services()) {
        for (const [name, address] of Object.entries(variablesOf(container))) {
          if (!/^ORDERLOG_(ORDER|CATALOG|PAYMENT)_ADDRESS$/.test(name)) continue;
          const [host, port] = address.split(':');
          const service = all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === host);
          assert.ok(
            service?.spec?.ports?.some((each) => each.port === Number(port)),
            `${where}: ${name} is ${address}`,
          );
        }
      }
    });

    it('lead each route from outside to a port that there is, past the policy that denies all else', () => {
      const named = (kind: string, name: string) =>
        all.find((each) => each.kind === kind && each.metadata.name === name);
      const routes = all.filter(({ kind }) => kind.endsWith('Route'));
      for (const { metadata, spec } of routes) {
        for (const { name, port } of (spec?.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs)) {
          const service = named('Service', name)?.spec;
          const target = service?.ports?.find((each) => each.port === port)?.targetPort;
          const label = String(service?.selector?.[NAME_LABEL]);
          const container = services().find(({ where }) => where === label)?.container;
          const listened = container?.ports?.find((each) => each.name === target)?.containerPort;
          assert.equal(listened, port, `${metadata.name} to ${name}`);
          assert.ok(
            isLetIn(label, port),
            `${metadata.name}: no policy lets it in to port ${port} of ${label}`,
          );
        }
      }
    });

    /** Whether those who may call from outside reach a port of these pods. */
    const isLetIn = (label: string, wanted: number): boolean =>
      all
        .filter(
          ({ kind, spec }) =>
            kind === 'NetworkPolicy' && spec?.podSelector?.matchLabels?.[NAME_LABEL] === label,
        )
        .flatMap(({ spec }) => spec?.ingress ?? [])
        .some(
          ({ from = [], ports = [] }) =>
            ports.some(({ port }) => port === wanted) &&
            from.some(
              ({ namespaceSelector }) => namespaceSelector?.matchLabels?.['orderlog.io/may-call'] === 'true',
            ),
        );

    it("let the provider's webhooks in to their one path, wherever Payment listens for them", () => {
      const payment = services().find(({ runs }) => runs.name === 'payment');
      assert.ok(payment);
      const listens = 'ORDERLOG_WEBHOOK_LISTEN' in variablesOf(payment.container);
      const matches = all
        .filter(
          ({ kind, metadata }) => kind === 'HTTPRoute' && metadata.labels?.[NAME_LABEL] === payment.where,
        )
        .flatMap(({ spec }) => spec?.rules ?? [])
        .flatMap(({ matches = [] }) => matches);
      const wanted = { method: 'POST', path: { type: 'Exact', value: WEBHOOK_PATH } };
      assert.deepEqual(matches, listens ? [wanted] : []);
    });

    it('give each process the time to stop that it takes', () => {
      for (const { manifest, pod } of workloadsOf(all).filter(
        ({ manifest: { kind } }) => kind === 'Deployment',
      )) {
        const sleptMs = (pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1_000;
        assert.ok(sleptMs > 0, manifest.metadata.name);
        assert.ok((pod.terminationGracePeriodSeconds ?? 0) * 1_000 >= sleptMs + DEFAULT_GRACE_MS + ROOM_MS);
      }
    });

    it('need fewer connections than PostgreSQL takes, scaled out and in the middle of a roll', () => {
      const [, most = '0'] = /max_connections(?:"?: ?"|=)(\d+)/.exec(JSON.stringify(all)) ?? [];
      const setting = settingsOf(serviceConfig).find(({ name }) => name === 'ORDERLOG_DATABASE_CONNECTIONS');
      const find = (wanted: string, name: string) =>
        all.find(({ kind, metadata }) => kind === wanted && metadata.name === name)?.spec;
      const replicasOf = (name: string): number =>
        (find('ScaledObject', name)?.maxReplicaCount ?? find('Deployment', name)?.replicas ?? Number.NaN) +
        SURGE;
      const replicas = ['order', 'catalog', 'payment'].map((name) => replicasOf(`orderlog-${name}`));
      const needed = replicas.reduce((sum, each) => sum + each, 0) * POOLS * Number(setting?.default);
      // What is left is for the projector, the gateway, migrations and people.
      assert.ok(needed + ROOM_CONNECTIONS <= Number(most), `${needed} of ${most}`);
    });

    it('migrate every database, before a service that is given no owner waits for ever', () => {
      const jobs = workloadsOf(all).filter(({ manifest }) => manifest.kind === 'Job');
      const migrated = jobs.map(({ pod }) => pod.containers[0]?.args?.join(' '));
      assert.deepEqual(
        migrated.sort(),
        ['analytics', 'catalog', 'order', 'payment'].map((name) => `cli/bin.js migrate ${name}`),
      );
      for (const { container } of services()) {
        assert.ok(!('ORDERLOG_MIGRATION_DATABASE_URL' in variablesOf(container)));
      }
    });
  });
}
