/** The invariants of a system at rest, numbered as in RELIABILITY.md. Each throws the Violation that it finds. */
import type { World } from '../world.ts';
import { auditEffects } from './effects.ts';
import { historiesOf } from './histories.ts';
import { auditJournal } from './journal.ts';
import { auditLedger } from './ledger.ts';
import { auditLog } from './log.ts';
import { auditOrders } from './orders.ts';
import { auditStates } from './states.ts';
import { auditStock } from './stock.ts';

export function audit(world: World): void {
  auditStates(world);
  auditLog(world);
  auditEffects(world);
  const histories = historiesOf(world);
  auditOrders(world, histories);
  auditLedger(world, histories);
  auditStock(world);
  auditJournal(world, histories);
}
