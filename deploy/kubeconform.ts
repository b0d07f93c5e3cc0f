/** Manifests against the schemas in schemas/. */
import { join } from 'node:path';
import { runCommand } from '../cli/servers/commands.ts';
import { findTool } from './tools.ts';

const SCHEMAS = join(import.meta.dirname, 'schemas', '{{.ResourceKind}}{{.KindSuffix}}.json');
const TIMEOUT_MS = 60_000;

/** What is wrong with a file of them, strictly: a field that no schema names is. Throws what kubeconform says of one that is invalid. */
export async function judgeSchemas(file: string, env: NodeJS.ProcessEnv): Promise<readonly unknown[]> {
  const args = ['-strict', '-schema-location', SCHEMAS, '-output', 'json', file];
  const said = await runCommand(await findTool('kubeconform', env), args, { env, timeoutMs: TIMEOUT_MS });
  return (JSON.parse(said) as { readonly resources: readonly unknown[] }).resources;
}
