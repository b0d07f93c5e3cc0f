/** A version of the code: a folder with its tree, and what that says of its services. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCommand } from '../cli/servers/commands.ts';
import { projectFolder } from '../cli/start/serviceParts.ts';
import type { ServiceSpec } from '../cli/start/services.ts';
import { UsageError } from '../cli/usage.ts';

export interface Version {
  readonly name: string;
  readonly folder: string;
  /** By its own table: a setting that one version needs, the other may refuse. */
  readonly services: readonly ServiceSpec[];
}

const INSTALL_TIMEOUT_MS = 600_000;

export async function versionIn(name: string, folder: string): Promise<Version> {
  const { href } = pathToFileURL(join(folder, 'cli', 'start', 'services.ts'));
  const { services } = (await import(href)) as { readonly services: readonly ServiceSpec[] };
  return { name, folder, services };
}

const git = (args: readonly string[], cwd = projectFolder): string =>
  execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();

/** The commit that a ref names. Throws UsageError where this clone does not have it. */
export function commitOf(ref: string): string {
  try {
    return git(['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`]);
  } catch (error) {
    const isShallow = existsSync(join(projectFolder, '.git')) && isShallowClone();
    const mend = isShallow
      ? 'this clone is shallow: fetch more of it (git fetch --unshallow; in CI, fetch-depth: 0)'
      : 'give a commit, tag or branch that is in this clone (git log)';
    throw new UsageError(`--ref ${ref}: there is no such commit here; ${mend}`, { cause: error });
  }
}

const isShallowClone = (): boolean => git(['rev-parse', '--is-shallow-repository']) === 'true';

/**
 * Makes a worktree of a commit, with the packages that it wants: those that are here, or, where its lock file differs, its own
 * by npm. Remove it.
 */
export async function checkOut(
  commit: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Version & { readonly remove: () => void }> {
  git(['worktree', 'add', '--detach', folder, commit]);
  const remove = () => void git(['worktree', 'remove', '--force', folder]);
  try {
    const lockIn = (where: string) => readFileSync(join(where, 'package-lock.json'), 'utf8');
    if (lockIn(folder) === lockIn(projectFolder)) {
      symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
    } else {
      const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
      await runCommand('npm', args, { env, cwd: folder, timeoutMs: INSTALL_TIMEOUT_MS });
    }
    return { ...(await versionIn(commit.slice(0, 12), folder)), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
