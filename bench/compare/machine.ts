/** On what a comparison ran. No names: neither the machine's nor its user's. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { projectFolder } from '../../cli/start/serviceParts.ts';
import type { Machine } from './figures.ts';
import { round } from './quantiles.ts';

export const machine = (): Machine => ({
  system: `${platform()} ${release()}`,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: round(totalmem() / 1024 ** 3, 0),
  node: process.version,
  loadBefore: round(loadavg()[0] ?? 0, 1),
});

/** Undefined outside of a clone. */
export function revision(): string | undefined {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=12'];
    return execFileSync('git', args, { cwd: projectFolder, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}
