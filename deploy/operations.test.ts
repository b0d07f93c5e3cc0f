import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { root } from '../scripts/run.ts';
import {
  type Container,
  environmentOf,
  type Manifest,
  manifestsOf,
  overlays,
  type PodSpec,
  waysOut,
  workloadsOf,
} from './manifests.ts';
import { RULES } from './observability/prometheusRule.ts';

const DAY_S = 86_400;
const HTTPS = 443;
/** What a cluster of one machine requests itself: its API, etcd, DNS and network, as kubeadm, and so kind and minikube, set them up. */
const OF_CLUSTER = { cores: 0.95, mib: 290 };

const page = () => readFileSync(join(root, 'docs', 'operations.md'), 'utf8');

const UNITS: Readonly<Record<string, number>> = { '': 1, m: 0.001, Mi: 1, Gi: 1_024 };

/** Cores, or MiB. */
function quantity(text: string): number {
  const [, amount, unit = ''] = /^(\d+)(m|Mi|Gi)?$/.exec(text) ?? [];
  const scale = UNITS[unit];
  assert.ok(amount && scale, text);
  return Number(amount) * scale;
}

function requestOf({ containers, initContainers = [] }: PodSpec, resource: 'cpu' | 'memory'): number {
  const of = ({ resources }: Container) => quantity(resources?.requests[resource] ?? '');
  const together = containers.map(of).reduce((sum, each) => sum + each, 0);
  // Init containers run before, one after the other.
  return Math.max(together, ...initContainers.map(of));
}

for (const overlay of overlays) {
  describe(`who runs the manifests of ${overlay}`, function () {
    this.timeout(600_000);
    let all: readonly Manifest[];

    before(async () => {
      all = await manifestsOf(overlay, process.env);
    });

    it('is told by the alerts, wherever figures are scraped', () => {
      const isScraped = all.some(({ kind }) => kind === 'PodMonitor');
      const found = all.filter(({ kind }) => kind === 'PrometheusRule').map(({ spec }) => spec?.groups);
      const { groups } = parse(readFileSync(RULES, 'utf8')) as { readonly groups: unknown };
      assert.deepEqual(found, isScraped ? [groups] : []);
    });

    it('finds a migration that failed, and what it said, days later', () => {
      const jobs = all.filter(({ kind }) => kind === 'Job');
      assert.ok(jobs.length > 0);
      for (const { metadata, spec } of jobs) {
        assert.ok((spec?.ttlSecondsAfterFinished ?? Number.POSITIVE_INFINITY) > 2 * DAY_S, metadata.name);
      }
    });

    it('loses no commit to a standby that takes over without it', () => {
      for (const { spec } of all.filter(({ kind }) => kind === 'Cluster')) {
        const { method, dataDurability, failoverQuorum } = spec?.postgresql?.synchronous ?? {};
        assert.deepEqual([method, dataDurability, failoverQuorum], ['any', 'required', true]);
      }
    });

    it('may have an issuer of tokens in the cluster: who checks them gets out to its namespace', () => {
      const checking = workloadsOf(all).filter(({ pod }) =>
        pod.containers.some(
          (container) => 'ORDERLOG_AUTH_ISSUER' in environmentOf(container, all, () => 'secret'),
        ),
      );
      assert.equal(checking.length, 4);
      for (const { manifest } of checking) {
        const { name } = manifest.metadata;
        const isOut = waysOut(all, name).some(
          ({ to = [], ports = [] }) =>
            ports.some(({ port }) => port === HTTPS) &&
            to.some(
              ({ namespaceSelector }) => namespaceSelector?.matchLabels?.['orderlog.io/may-issue'] === 'true',
            ),
        );
        assert.ok(isOut, name);
      }
    });

    const sum = (resource: 'cpu' | 'memory') =>
      workloadsOf(all)
        .map(({ manifest, pod }) => (manifest.spec?.replicas ?? 1) * requestOf(pod, resource))
        .reduce((total, each) => total + each, 0);

    // Elsewhere it is for who plans its capacity.
    if (overlay === 'local') {
      it('needs no more of a machine than the page says', () => {
        const [, cores, gib] = /(\d+) cores and (\d+) GiB of memory/.exec(page()) ?? [];
        assert.ok(sum('cpu') + OF_CLUSTER.cores <= Number(cores), `${sum('cpu')} of ${cores} cores`);
        assert.ok(
          sum('memory') + OF_CLUSTER.mib <= Number(gib) * 1_024,
          `${sum('memory')} MiB of ${gib} GiB`,
        );
      });
    }
  });
}

describe('the commands of docs/operations.md', () => {
  it('put no password into an argument, where whoever logs calls of the cluster would keep it', () => {
    const blocks = [...page().matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
    assert.ok(blocks.length > 0);
    const written = [...blocks, ...[...page().matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)];
    // Of any option: there are --nats, --db, --order-db and more; be it a variable, or what a command prints.
    const password = /--[a-z][\w-]*[ =]\S*:\/\/[^\s/@]*:(?:\$\([^)]*\)|[^\s/@])+@/;
    assert.deepEqual(
      written.filter((text) => password.test(text)),
      [],
    );
  });
});
