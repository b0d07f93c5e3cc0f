/** How Kubernetes would start, ask and end a pod: what the manifests state, so that a rehearsal does as they say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectFolder } from '../cli/start/serviceParts.ts';

export interface Rollout {
  /** Between the moment in which a pod gets no more traffic and SIGTERM. */
  readonly preStopMs: number;
  /** From that moment to SIGKILL. */
  readonly graceMs: number;
  readonly probeEveryMs: number;
  /** So many probes in a row say that a pod is not ready. */
  readonly probesToFail: number;
}

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly readinessProbe: { readonly periodSeconds: number; readonly failureThreshold: number };
          readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
        }[];
      };
    };
  };
}

const FILE = join(projectFolder, 'deploy', 'k8s', 'base', 'patches', 'deployment.yaml');

export function readRollout(): Rollout {
  const { containers, terminationGracePeriodSeconds } = (parse(readFileSync(FILE, 'utf8')) as Deployment).spec
    .template.spec;
  const [container] = containers;
  if (!container) throw new Error(`${FILE} has no container`);
  const { readinessProbe, lifecycle } = container;
  return {
    preStopMs: lifecycle.preStop.sleep.seconds * 1_000,
    graceMs: terminationGracePeriodSeconds * 1_000,
    probeEveryMs: readinessProbe.periodSeconds * 1_000,
    probesToFail: readinessProbe.failureThreshold,
  };
}
