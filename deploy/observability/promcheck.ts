/** Prometheus' own parser, as a small program of it (promcheck/), built once by `go build`. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached, cacheFolder } from '../../cli/servers/cache.ts';
import { findOnPath, runCommand } from '../../cli/servers/commands.ts';
import { StartError } from '../../cli/servers/types.ts';

export interface Verdict {
  readonly problems: readonly string[];
  /** Every metric that is selected, with the labels that are matched. */
  readonly selectors: readonly {
    readonly where: string;
    readonly metric: string;
    readonly labels: readonly string[];
  }[];
}

const SOURCE = join(import.meta.dirname, 'promcheck');
const BUILD_TIMEOUT_MS = 600_000;

/** `rules`: files; `queries`: of dashboards. Throws StartError that says what to install. */
export async function judge(
  wanted: { readonly rules: readonly string[]; readonly queries: readonly string[] },
  env: NodeJS.ProcessEnv,
): Promise<Verdict> {
  const child = spawn(await built(env), { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stdin.end(JSON.stringify(wanted));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`promcheck ended with ${code}`);
  return JSON.parse(output) as Verdict;
}

async function built(env: NodeJS.ProcessEnv): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(SOURCE, file)));
  const name = `promcheck-${hash.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`;
  const folder = await cached(cacheFolder(env, undefined), name, async (target) => {
    const go = findOnPath('go', env);
    if (!go) throw new StartError('Go is needed to build promcheck: install it (go.dev)');
    const args = ['build', '-o', join(target, 'promcheck'), '.'];
    await runCommand(go, args, {
      env: { ...env, CGO_ENABLED: '0' },
      timeoutMs: BUILD_TIMEOUT_MS,
      cwd: SOURCE,
    });
  });
  return join(folder, 'promcheck');
}
