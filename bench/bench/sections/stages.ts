/**
 * Each stage alone beside its own limit; each with servers of its own, which are gone before the next. One that fails keeps no other
 * from being measured.
 */
import { STAGES } from '../../stages/index.ts';
import { stagesMethod } from '../../stages/method.ts';
import type { Goal, Series } from '../figures.ts';
import type { Comparison } from '../measure.ts';
import { turnsText } from '../method.ts';
import { type Measured, type Run, roundsOf } from '../run.ts';
import { interleave, ratios, seriesOf } from '../turns.ts';

/** Throws if it is to stop, or if there is no stage that could be measured. */
export async function stages(run: Run, all: readonly Comparison[] = STAGES): Promise<Measured> {
  const [goals, series, failed]: [Goal[], Series[], { title: string; why: string }[]] = [[], [], []];
  for (const stage of all) {
    run.signal.throwIfAborted();
    try {
      const measured = await measure(run, stage);
      goals.push(measured.goal);
      series.push(...measured.series);
    } catch (error) {
      run.signal.throwIfAborted();
      const { title } = stage;
      failed.push({ title, why: error instanceof Error ? error.message : String(error) });
      run.say(`${title}: failed`);
    }
  }
  if (goals.length === 0)
    throw new Error(`no stage could be measured: ${failed.map(({ why }) => why).join('; ')}`);
  return {
    servers: {},
    method: [turnsText(run.plan, run.plan.stageSeconds), ...stagesMethod(run.quick)],
    notes: failed.map(({ title, why }) => `${title} failed: ${why}.`),
    failed: failed.map(({ title, why }) => `${title}: ${why}`),
    goals,
    series,
    audits: [],
  };
}

async function measure(
  run: Run,
  { title, target, prepare }: Comparison,
): Promise<{ readonly goal: Goal; readonly series: readonly Series[] }> {
  const { stageSeconds: seconds } = run.plan;
  const say = (line: string) => run.say(`${title}: ${line}`);
  const { subject, reference } = await prepare({ ...run, say });
  try {
    for (const thing of [subject, reference]) await thing.run(seconds, say);
    const turns = await interleave([subject, reference], { ...roundsOf(run), seconds, say });
    const values = ratios(turns, subject, reference);
    const goal = { name: title, values, ...(target !== undefined && { atLeast: target }) };
    return { goal, series: seriesOf(turns) };
  } finally {
    await subject.close();
    await reference.close();
  }
}
