import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parse, stringify } from 'yaml';
import { testFolder } from '../cli/servers/testing.ts';
import { judgeSchemas } from './kubeconform.ts';
import { buildFolder, environmentOf, type Manifest, manifestsIn, waysOut, workloadsOf } from './manifests.ts';

const { env } = process;
const K8S = join(import.meta.dirname, 'k8s');
/** The components that are for who needs them (docs/operations.md), and in no overlay here. */
const ADDITIONS = ['issuer-outside', 'postgres-backup'];
const KEYS_URL = 'ORDERLOG_AUTH_JWKS_URL';
const HTTPS = 443;

interface Kustomization {
  readonly components: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly literals: readonly string[] }[];
}

const fileOf = (k8s: string, overlay: string) => join(k8s, 'overlays', overlay, 'kustomization.yaml');
const kustomizationOf = (file: string) => parse(readFileSync(file, 'utf8')) as Kustomization;

/** Makes of the copied overlay what its owner would. */
function extend(file: string): void {
  const { components, configMapGenerator = [], ...rest } = kustomizationOf(file);
  const extended = {
    ...rest,
    components: [...components, ...ADDITIONS.map((name) => `../../components/${name}`)],
    configMapGenerator: configMapGenerator.map((map) =>
      map.name === 'orderlog-access'
        ? { ...map, literals: [...map.literals, `${KEYS_URL}=https://login.example.com/keys`] }
        : map,
    ),
  };
  writeFileSync(file, stringify(extended));
}

describe('what an overlay may add to that of production', function () {
  this.timeout(600_000);
  let folder: string;
  let manifests: string;
  let all: readonly Manifest[];

  before(async () => {
    folder = mkdtempSync(join(testFolder(), 'additions-'));
    cpSync(K8S, folder, { recursive: true });
    extend(fileOf(folder, 'production'));
    const text = await buildFolder(join(folder, 'overlays', 'production'), env);
    manifests = join(folder, 'all.yaml');
    writeFileSync(manifests, text);
    all = manifestsIn(text);
  });
  after(() => rmSync(folder, { recursive: true }));

  const one = (kind: string) => {
    const found = all.filter((each) => each.kind === kind);
    assert.equal(found.length, 1, kind);
    return found[0];
  };

  it('is each component that no overlay has', () => {
    const used = readdirSync(join(K8S, 'overlays')).flatMap((overlay) =>
      kustomizationOf(fileOf(K8S, overlay)).components.map((path) => path.split('/').at(-1)),
    );
    const components = readdirSync(join(K8S, 'components'));
    assert.deepEqual(components.filter((name) => !used.includes(name)).sort(), ADDITIONS);
  });

  it('is valid, strictly', async () => assert.deepEqual(await judgeSchemas(manifests, env), []));

  it('leads whoever is told where an issuer outside publishes its keys to them', () => {
    const told = workloadsOf(all).filter(({ pod }) =>
      pod.containers.some(
        (container) => container.name === 'app' && KEYS_URL in environmentOf(container, all, () => ''),
      ),
    );
    assert.equal(told.length, 4);
    for (const { manifest } of told) {
      const { name } = manifest.metadata;
      const isOut = waysOut(all, name).some(
        ({ to, ports = [] }) => to === undefined && ports.some(({ port }) => port === HTTPS),
      );
      assert.ok(isOut, name);
    }
  });

  it('has PostgreSQL archive and back up into one store, by one plugin', () => {
    const cluster = one('Cluster');
    const [plugin, ...others] = cluster?.spec?.plugins ?? [];
    assert.ok(plugin && others.length === 0);
    assert.equal(plugin.parameters?.barmanObjectName, one('ObjectStore')?.metadata.name);
    const backup = one('ScheduledBackup')?.spec;
    assert.equal(backup?.cluster?.name, cluster?.metadata.name);
    assert.equal(backup?.pluginConfiguration?.name, plugin.name);
  });
});
