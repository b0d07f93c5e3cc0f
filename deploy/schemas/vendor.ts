/**
 * Writes the schemas in this folder: `node deploy/schemas/vendor.ts KUBERNETES_FOLDER CRD_FOLDER`.
 *
 * KUBERNETES_FOLDER: `v1.34.0-local-strict` of the package `kubernetes-validate` (PyPI, 1.37.0). CRD_FOLDER: what controller-gen
 * made of the operators' own Go types (README.md here says how). Of each only the kinds that the manifests use are taken, without
 * descriptions; what a schema does not know is refused.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** As kubeconform names them: kind, first part of the group, version. */
const KUBERNETES = [
  'configmap-v1',
  'deployment-apps-v1',
  'job-batch-v1',
  'namespace-v1',
  'networkpolicy-networking-v1',
  'poddisruptionbudget-policy-v1',
  'secret-v1',
  'service-v1',
  'serviceaccount-v1',
  'statefulset-apps-v1',
];
const CRDS = {
  'backendtlspolicy-gateway-v1': 'gateway.networking.k8s.io_backendtlspolicies.yaml',
  'certificate-cert-manager-v1': 'cert-manager.io_certificates.yaml',
  'grpcroute-gateway-v1': 'gateway.networking.k8s.io_grpcroutes.yaml',
  'httproute-gateway-v1': 'gateway.networking.k8s.io_httproutes.yaml',
  'issuer-cert-manager-v1': 'cert-manager.io_issuers.yaml',
  'podmonitor-monitoring-v1': 'monitoring.coreos.com_podmonitors.yaml',
  'prometheusrule-monitoring-v1': 'monitoring.coreos.com_prometheusrules.yaml',
  'scaledobject-keda-v1alpha1': 'keda.sh_scaledobjects.yaml',
};
const DEFINITIONS = '_definitions.json';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Schema = { readonly [key: string]: Json };
interface Crd {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const isObject = (json: Json | undefined): json is Schema =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Says what a schema is to others; these are known by their files. */
const IDENTITY = ['$id', '$schema'];

/** Without what is only for reading. A description that is an object is a property of that name. */
function bare(json: Json): Json {
  if (Array.isArray(json)) return json.map(bare);
  if (!isObject(json)) return json;
  const kept = Object.entries(json).filter(([key, value]) => key !== 'description' || isObject(value));
  return Object.fromEntries(
    kept
      .filter(([key]) => !key.startsWith('x-kubernetes-') && !IDENTITY.includes(key))
      .map(([key, value]) => [key, key === '$ref' ? reference(value) : bare(value)]),
  );
}

/** `/api/_definitions.json#/$defs/x`, whichever file it stands in. */
const reference = (value: Json): Json => `${DEFINITIONS}#/$defs/${String(value).split('/').at(-1)}`;

/** Of an operator's schema: what it does not name is refused, but for metadata, and for status, which nobody declares. */
function strict(json: Json): Json {
  if (Array.isArray(json)) return json.map(strict);
  if (!isObject(json)) return json;
  const inner = Object.fromEntries(Object.entries(json).map(([key, value]) => [key, strict(value)]));
  const isOpen = json['x-kubernetes-preserve-unknown-fields'] === true;
  return json.type === 'object' && isObject(json.properties) && !isOpen
    ? { ...inner, additionalProperties: false }
    : inner;
}

function references(json: Json): string[] {
  if (Array.isArray(json)) return json.flatMap(references);
  if (!isObject(json)) return [];
  const own = typeof json.$ref === 'string' ? [json.$ref.split('/').at(-1) ?? ''] : [];
  return [...own, ...Object.values(json).flatMap(references)];
}

function closure(
  names: readonly string[],
  all: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> {
  const found = new Map<string, Json>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const definition = all[name];
    if (found.has(name) || definition === undefined) continue;
    found.set(name, definition);
    open.push(...references(definition));
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const [kubernetes = '', crds = ''] = process.argv.slice(2);
const read = (folder: string, name: string): Json => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const write = (name: string, json: Json) =>
  writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(json)}\n`);

const roots = KUBERNETES.map((name) => [name, bare(read(kubernetes, `${name}.json`))] as const);
for (const [name, schema] of roots) write(`${name}.json`, schema);
const { $defs } = bare(read(kubernetes, DEFINITIONS)) as { $defs: Record<string, Json> };
write(DEFINITIONS, { $defs: closure(references(roots.map(([, schema]) => schema)), $defs) });

for (const [name, file] of Object.entries(CRDS)) {
  const crd = parse(readFileSync(join(crds, file), 'utf8')) as Crd;
  const version = crd.spec.versions.find((each) => name.endsWith(`-${each.name}`));
  if (!version) throw new Error(`${file} has no version for ${name}`);
  const { properties, ...rest } = version.schema.openAPIV3Schema;
  const { status: _status, metadata: _metadata, ...own } = properties as Schema;
  const schema = strict({ ...rest, properties: own }) as Schema;
  const metadata = { type: 'object' };
  write(`${name}.json`, bare({ ...schema, properties: { ...(schema.properties as Schema), metadata } }));
}
