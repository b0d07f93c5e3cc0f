/** Each stage alone beside its own limit; each with servers of its own, which are gone before the next. */
import { STAGES } from '../../stages/index.ts';
import type { Goal, Series } from '../figures.ts';
import type { Comparison } from '../measure.ts';
import { type Measured, type Run, roundsOf } from '../run.ts';
import { interleave, ratios, seriesOf } from '../turns.ts';

export async function stages(run: Run, all: readonly Comparison[] = STAGES): Promise<Measured> {
  const { stageSeconds } = run.plan;
  const [goals, series]: [Goal[], Series[]] = [[], []];
  for (const { title, target, prepare } of all) {
    run.signal.throwIfAborted();
    const say = (line: string) => run.say(`${title}: ${line}`);
    const { subject, reference } = await prepare({ ...run, say });
    try {
      for (const thing of [subject, reference]) await thing.run(stageSeconds, say);
      const turns = await interleave([subject, reference], { ...roundsOf(run), seconds: stageSeconds, say });
      const values = ratios(turns, subject, reference);
      goals.push({ name: title, values, ...(target !== undefined && { atLeast: target }) });
      series.push(...seriesOf(turns));
    } finally {
      await subject.close();
      await reference.close();
    }
  }
  return { servers: {}, notes: [], goals, series, audits: [] };
}
