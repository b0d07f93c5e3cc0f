/** The sections of a run, one after the other; each is kept as soon as it is measured. */
import { machine, revision } from '../compare/machine.ts';
import { type Performance, SECTION_IDS, type Section, type SectionId } from './figures.ts';
import type { BenchContext } from './measure.ts';
import type { Plan } from './plan.ts';
import { type Begun, createRun, type Measured, type Run } from './run.ts';
import { allIn } from './sections/allIn.ts';
import { growth } from './sections/growth.ts';
import { hotSpots } from './sections/hotSpots.ts';
import { latency } from './sections/latency.ts';
import { observability } from './sections/observability.ts';
import { replicas } from './sections/replicas.ts';
import { soak } from './sections/soak.ts';
import { stages } from './sections/stages.ts';
import { fileSystemOf } from './settings.ts';

type Measure = (run: Run) => Promise<Measured>;

const MEASURES: Readonly<Record<SectionId, Measure>> = {
  'all-in': allIn,
  stages: (run) => stages(run),
  latency,
  'hot-spots': hotSpots,
  replicas,
  observability,
  growth,
  soak,
};

export interface BenchOptions extends BenchContext {
  readonly plan: Plan;
  readonly only: readonly SectionId[];
  onSection(section: Section): void;
}

/**
 * Resolves with what failed, a line each: one section that does is no reason to measure no other. Those after it get a system
 * of their own. Throws when it is to stop.
 */
export async function bench(options: BenchOptions): Promise<readonly string[]> {
  const { plan, only, quick, say, signal, onSection, folder } = options;
  const described = revision();
  const circumstances: Omit<Begun, 'time'> = {
    ...(described ? { revision: described } : {}),
    isQuick: quick,
    // Once: later the load is our own.
    machine: machine(),
    fileSystem: await fileSystemOf(folder),
    plan,
  };
  const failures: string[] = [];
  const run = createRun(options, plan);
  try {
    for (const id of SECTION_IDS.filter((each) => only.includes(each))) {
      signal.throwIfAborted();
      const own: Run = { ...run, say: (line) => say(`${id}: ${line}`) };
      const time = new Date().toISOString();
      try {
        const measured = await MEASURES[id](own);
        onSection({ id, time, ...circumstances, ...measured });
        failures.push(...(measured.failed ?? []).map((line) => `${id}: ${line}`));
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${id}: ${(error as Error).message}`);
        say(`${id}: failed: ${(error as Error).message}`);
        await run
          .stop()
          .catch((reason: Error) => say(`${id}: what it has left does not stop: ${reason.message}`));
      }
    }
  } finally {
    await run.stop();
  }
  return failures;
}

/** A section takes the place of the one that there was. */
export function withSection(performance: Performance | undefined, section: Section): Performance {
  const all = new Map(performance?.sections.map((each) => [each.id, each]));
  all.set(section.id, section);
  const sections = SECTION_IDS.flatMap((id) => all.get(id) ?? []);
  return { format: 1, sections };
}
