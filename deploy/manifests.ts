/** What `kubectl apply -k` would apply, as data, for those who judge it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runCommand } from '../cli/servers/commands.ts';
import { entrypoint } from './image.ts';
import { findTool } from './tools.ts';

const OVERLAYS_FOLDER = join(import.meta.dirname, 'k8s', 'overlays');
export const overlays: readonly string[] = readdirSync(OVERLAYS_FOLDER).sort();

export interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

export interface Probe {
  readonly grpc?: { readonly port: number; readonly service: string };
  readonly httpGet?: { readonly path: string };
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvEntry[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly resources?: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  };
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly seccompProfile?: { readonly type: string };
  };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
}

export interface Volume {
  readonly name: string;
  readonly hostPath?: unknown;
  readonly secret?: {
    readonly secretName: string;
    readonly items?: readonly { readonly key: string; readonly path: string }[];
  };
}

/** One object; of its spec what is looked at here. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
    readonly replicas?: number;
    /** Of a Job. */
    readonly ttlSecondsAfterFinished?: number;
    /** Of a ScaledObject. */
    readonly maxReplicaCount?: number;
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
    /** Of a route. */
    readonly rules?: readonly RouteRule[];
    /** Of a network policy. */
    readonly podSelector?: {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[];
    };
    readonly ingress?: readonly PolicyRule[];
    readonly egress?: readonly PolicyRule[];
    /** Of a certificate. */
    readonly secretName?: string;
    readonly dnsNames?: readonly string[];
    readonly usages?: readonly string[];
    /** Of CloudNativePG's cluster. */
    readonly certificates?: Readonly<Record<string, string>>;
    readonly postgresql?: {
      readonly synchronous?: {
        readonly method: string;
        readonly dataDurability?: string;
        readonly failoverQuorum?: boolean;
      };
    };
    readonly plugins?: readonly {
      readonly name: string;
      readonly parameters?: Readonly<Record<string, string>>;
    }[];
    /** Of its backups. */
    readonly cluster?: { readonly name: string };
    readonly pluginConfiguration?: { readonly name: string };
    /** Of a PrometheusRule. */
    readonly groups?: unknown;
    /** Of ECK's. */
    readonly http?: { readonly tls?: { readonly certificate?: { readonly secretName: string } } };
  };
}

export interface RouteRule {
  readonly matches?: readonly {
    readonly method?: unknown;
    readonly path?: { readonly type: string; readonly value: string };
  }[];
  readonly backendRefs?: readonly { readonly name: string; readonly port: number }[];
}

interface Peer {
  readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}

export interface PolicyRule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number }[];
}

/** What `kustomize build` makes of a folder, as text. */
export const buildFolder = async (folder: string, env: NodeJS.ProcessEnv): Promise<string> =>
  runCommand(await findTool('kustomize', env), ['build', folder], { env, timeoutMs: 60_000 });

export const buildText = (overlay: string, env: NodeJS.ProcessEnv): Promise<string> =>
  buildFolder(join(OVERLAYS_FOLDER, overlay), env);

export const manifestsIn = (text: string): readonly Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);

export const manifestsOf = async (overlay: string, env: NodeJS.ProcessEnv): Promise<readonly Manifest[]> =>
  manifestsIn(await buildText(overlay, env));

/** Objects that make pods, with what these are made of. */
export const workloadsOf = (all: readonly Manifest[]): readonly { manifest: Manifest; pod: PodSpec }[] =>
  all.flatMap((manifest) =>
    ['Deployment', 'StatefulSet', 'Job'].includes(manifest.kind) && manifest.spec?.template
      ? [{ manifest, pod: manifest.spec.template.spec }]
      : [],
  );

export const containersOf = ({ containers, initContainers = [] }: PodSpec): readonly Container[] => [
  ...containers,
  ...initContainers,
];

/** What a container of our image runs: a command of its own would take the place of the image's entry point, Node's flags included. */
export const commandLineOf = ({ command, args = [] }: Container): readonly string[] => [
  ...(command ?? entrypoint()),
  ...args,
];

const NAME_LABEL = 'app.kubernetes.io/name';

/** Where pods of this name may go, by every network policy that is about them. */
export const waysOut = (all: readonly Manifest[], name: string): readonly PolicyRule[] =>
  all
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .filter(({ spec }) => {
      const { matchLabels, matchExpressions = [] } = spec?.podSelector ?? {};
      const listed = matchExpressions.filter(({ key }) => key === NAME_LABEL);
      return matchLabels?.[NAME_LABEL] === name || listed.some(({ values }) => values?.includes(name));
    })
    .flatMap(({ spec }) => spec?.egress ?? []);

/**
 * The environment of a container: ConfigMaps, then its own entries, in which `$(NAME)` stands for what came before; of a
 * secret `secret(name, key)`.
 */
export function environmentOf(
  container: Container,
  all: readonly Manifest[],
  secret: (name: string, key: string) => string,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = all.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name,
    );
    if (!map) throw new Error(`${container.name} refers to ${configMapRef?.name}, which is not there`);
    Object.assign(env, map.data);
  }
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    const from = valueFrom?.secretKeyRef;
    env[name] = from
      ? secret(from.name, from.key)
      : value.replace(/\$\((\w+)\)/g, (all, other: string) => env[other] ?? all);
  }
  return env;
}
