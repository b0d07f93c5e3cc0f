/** How much code of this project an architecture's processes have loaded, and how much of that has run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectFolder } from '../../../cli/start/serviceParts.ts';
import type { Bed } from '../bed.ts';
import type { Code } from '../figures.ts';
import { ownServices } from '../processes.ts';
import { codeLines, type ScriptCoverage } from './ranLines.ts';

const ANSWER_WITHIN_MS = 10_000;
const GENERATED = 'proto/gen/';
/** Of this comparison, not of what is compared. */
const OURS = 'bench/';

/** Asks each service, once: from then on they note nothing more. */
export async function usedCode(bed: Bed): Promise<Code> {
  const processes: Record<string, { loaded: number; ran: number }> = {};
  const all = { loaded: new Set<string>(), ran: new Set<string>() };
  for (const service of ownServices(bed.system)) {
    const own = { loaded: new Set<string>(), ran: new Set<string>() };
    service.kill('SIGUSR2');
    for (const script of await coverageOf(bed, service.pid)) {
      if (script.file.startsWith(GENERATED) || script.file.startsWith(OURS)) continue;
      const lines = codeLines(readFileSync(join(projectFolder, script.file), 'utf8'), script);
      for (const kind of ['loaded', 'ran'] as const) {
        for (const line of lines[kind]) {
          own[kind].add(`${script.file}:${line}`);
          all[kind].add(`${script.file}:${line}`);
        }
      }
    }
    processes[service.name] = { loaded: own.loaded.size, ran: own.ran.size };
  }
  return { processes, loaded: all.loaded.size, ran: all.ran.size };
}

async function coverageOf({ codeFolder }: Bed, pid: number | undefined): Promise<readonly ScriptCoverage[]> {
  const file = join(codeFolder, `${pid}.json`);
  for (const untilMs = performance.now() + ANSWER_WITHIN_MS; ; await sleep(50)) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as ScriptCoverage[];
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
  }
}
