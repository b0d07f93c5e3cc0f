/**
 * The programs that judge the manifests: those on the PATH, else built once by `go install`, in the versions given here. They come
 * neither by npm nor by pip.
 */
import { join } from 'node:path';
import { cached, cacheFolder } from '../cli/servers/cache.ts';
import { findOnPath, runCommand } from '../cli/servers/commands.ts';
import { StartError } from '../cli/servers/types.ts';

const MODULES = {
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0',
  'kube-score': 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
} as const;

export type Tool = keyof typeof MODULES;

export const TOOLS = Object.keys(MODULES) as readonly Tool[];

const BUILD_TIMEOUT_MS = 600_000;

/** The program's path. Throws StartError that says what to install. */
export async function findTool(tool: Tool, env: NodeJS.ProcessEnv): Promise<string> {
  const onPath = findOnPath(tool, env);
  if (onPath) return onPath;
  const module = MODULES[tool];
  const name = `${tool}-${module.split('@').at(-1)}-${process.platform}-${process.arch}`;
  const folder = await cached(cacheFolder(env, undefined), name, async (target) => {
    const go = findOnPath('go', env);
    if (!go) throw new StartError(`no ${tool}: install it on the PATH, or Go (${module})`);
    const own = { ...env, GOBIN: target, CGO_ENABLED: '0' };
    await runCommand(go, ['install', module], { env: own, timeoutMs: BUILD_TIMEOUT_MS, cwd: target });
  });
  return join(folder, tool);
}
