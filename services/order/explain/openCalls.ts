/** The calls of a direct saga that are not answered yet, for what an order waits for: which, the definition says. */
import type { Tx } from '../../../platform/database.ts';
import { shortName } from '../../../platform/events.ts';
import type { SagaWait } from '../../../platform/saga/waits.ts';
import { type OpenTask, readOpenTask } from '../../../platform/taskStatus.ts';
import { type CallName, callTaskIdOf, lateCallName } from '../direct/tasks.ts';
import type { Standing } from './standing.ts';

export interface OpenCall {
  /** Who is called. */
  readonly service: string;
  readonly task: OpenTask;
}

/** None where somebody else drives the saga. */
export async function readOpenCalls(
  db: Tx,
  { waits, progress, order }: Standing,
): Promise<readonly OpenCall[]> {
  if (progress.mode !== 'DIRECT') return [];
  const { orderId } = order.context;
  const called = waits.flatMap((wait) =>
    callsOf(wait, progress.flow.event).map((call) => ({ service: wait.step.service, call })),
  );
  const found = called.map(async ({ service, call }) => {
    const task = await readOpenTask(db, callTaskIdOf(orderId, call));
    return task ? [{ service, task }] : [];
  });
  return (await Promise.all(found)).flat();
}

function callsOf(
  { kind, step }: SagaWait,
  event: Standing['progress']['flow']['event'],
): readonly CallName[] {
  const requests = kind === 'UNDO' ? (step.compensation?.requested ?? []) : step.requested;
  const conducted = requests.filter((type) => event(type)?.modes.includes('ORCHESTRATION'));
  return conducted.flatMap((type) => {
    const name = shortName(type) as CallName;
    return [name, ...lateCallName(name)];
  });
}
