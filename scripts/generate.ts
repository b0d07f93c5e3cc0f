/**
 * Generates proto/gen from the contract: the TypeScript code (`buf generate`), then the descriptor image
 * `orderlog.binpb` (a FileDescriptorSet with all imports and comments), which reflection, validation and the contract
 * tests read. The order matters: `buf generate` empties the folder first. Then the documents of the saga in docs/: saga.md
 * from the deciders, saga-definition.md and saga.svg from the descriptor image; cli.md from the command line; settings.md from
 * the schemas of settings; metrics.md from the catalogues of metrics; security.md from the contract's rules; dependencies.md from the
 * lockfile. At last what the manifests say of users, from the same tables as the local system's.
 *
 * `--check` generates into a temporary folder instead, compares it with what is there, names what differs and exits 1.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const GENERATED = join('proto', 'gen');
const IMAGE = join(GENERATED, 'orderlog.binpb');

function buf(...args: string[]): void {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
  const run = spawnSync('buf', args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  if (run.error) throw run.error;
  if (run.status !== 0) process.exit(run.status ?? 1);
}

function generateInto(folder: string): void {
  buf('generate', '--output', folder);
  buf('build', '--as-file-descriptor-set', '--output', join(folder, IMAGE));
}

/** By their paths. Imported only here: what makes them stands on the code and the image that were generated before. */
async function documents(): Promise<ReadonlyMap<string, string>> {
  const [
    { sagaDocument },
    { sagaDefinitionDocs },
    { cliDocument },
    { settingsDocument },
    { metricsDocument },
    { accessDocument },
    { deployedUsers },
    { dependenciesDocument },
    { prometheusRule },
  ] = await Promise.all([
    import('./sagaTable.ts'),
    import('../cli/saga/document.ts'),
    import('./cliPage.ts'),
    import('./settingsPage.ts'),
    import('./metricsPage.ts'),
    import('./accessPage.ts'),
    import('./deployedUsers.ts'),
    import('./licences/page.ts'),
    import('../deploy/observability/prometheusRule.ts'),
  ]);
  const all = {
    'saga.md': sagaDocument(),
    ...sagaDefinitionDocs(),
    'cli.md': cliDocument(),
    'settings.md': settingsDocument(),
    'metrics.md': metricsDocument(),
    'security.md': accessDocument(),
    'dependencies.md': dependenciesDocument(),
  };
  const pages = Object.entries(all).map(([name, text]) => [join('docs', name), text] as const);
  return new Map([...pages, ...deployedUsers(), prometheusRule()]);
}

function filesBelow(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]));
}

function staleFiles(): string[] {
  const temporary = mkdtempSync(join(tmpdir(), 'orderlog-gen-'));
  try {
    generateInto(temporary);
    const fresh = filesBelow(join(temporary, GENERATED));
    const present = filesBelow(join(root, GENERATED));
    const names = new Set([...fresh.keys(), ...present.keys()]);
    return [...names].filter((name) => !fresh.get(name)?.equals(present.get(name) ?? Buffer.alloc(0))).sort();
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (process.argv.includes('--check')) {
  const stale = staleFiles().map((name) => join(GENERATED, name));
  for (const [path, text] of await documents()) {
    const file = join(root, path);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) stale.push(path);
  }
  for (const name of stale) console.error(`${name} is stale: run npm run generate`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  generateInto(root);
  for (const [path, text] of await documents()) writeFileSync(join(root, path), text);
}
