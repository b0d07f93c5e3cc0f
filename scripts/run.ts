/** Runs the project's own tools, side by side, and says how each went. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const binPath = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;

/** Runs a command with the project's binaries first on the PATH; resolves with its exit code and all it printed. */
export async function run(
  command: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, PATH: binPath } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  return { code, output };
}

/** Runs all steps at once; prints a line for each, and the output of those that failed. Returns how many failed. */
export async function runSteps(steps: readonly Step[]): Promise<number> {
  const results = await Promise.all(
    steps.map(async ({ name, command, args }) => {
      const startedMs = performance.now();
      const { code, output } = await run(command, args);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
      if (code !== 0) process.stdout.write(`${output}\n`);
      return code === 0;
    }),
  );
  return results.filter((ok) => !ok).length;
}
