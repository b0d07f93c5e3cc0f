/** The sections of a run, one after the other; each is kept as soon as it is measured. */
import { machine, revision } from '../compare/machine.ts';
import { type Performance, SECTION_IDS, type Section, type SectionId } from './figures.ts';
import type { BenchContext } from './measure.ts';
import type { Plan } from './plan.ts';
import { createRun, type Measured, type Run } from './run.ts';
import { allIn } from './sections/allIn.ts';
import { growth } from './sections/growth.ts';
import { hotSpots } from './sections/hotSpots.ts';
import { latency } from './sections/latency.ts';
import { observability } from './sections/observability.ts';
import { replicas } from './sections/replicas.ts';
import { soak } from './sections/soak.ts';
import { stages } from './sections/stages.ts';

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

/** Throws if one fails: what was measured before has been handed over. */
export async function bench(options: BenchOptions): Promise<void> {
  const { plan, only, quick, say, signal, onSection } = options;
  const described = revision();
  const circumstances: Run['circumstances'] = {
    time: new Date().toISOString(),
    ...(described ? { revision: described } : {}),
    isQuick: quick,
    machine: machine(),
    plan,
  };
  const run = createRun(options, { plan, circumstances });
  try {
    for (const id of SECTION_IDS.filter((each) => only.includes(each))) {
      signal.throwIfAborted();
      const own: Run = { ...run, say: (line) => say(`${id}: ${line}`) };
      onSection({ id, ...circumstances, ...(await MEASURES[id](own)) });
    }
  } finally {
    await run.stop();
  }
}

/** A section takes the place of the one that there was. */
export function withSection(performance: Performance | undefined, section: Section): Performance {
  const all = new Map(performance?.sections.map((each) => [each.id, each]));
  all.set(section.id, section);
  const sections = SECTION_IDS.flatMap((id) => all.get(id) ?? []);
  return { format: 1, sections };
}
