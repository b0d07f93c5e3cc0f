/**
 * A fault planted in the database of a local system, as a bad release would bring it: the service fails on every event about
 * one customer's orders. Each such event parks, with what waits behind it; the rest flows on; once it is cured, a replay
 * brings the orders to their ends. The trigger looks for the customer's id in an event's bytes, where it stands as it is.
 */
import { withClient } from '../servers/serviceDatabase.ts';

export const POISON_TRIGGER = 'orderlog_dev_poison';
/** Services that hear of orders by events, and so can park. */
export const POISONABLE = ['catalog', 'payment'] as const;
export type Poisonable = (typeof POISONABLE)[number];

/** `url` is the owner's. `customer`: letters, digits, _ and - only. */
export async function poison(url: string, customer: string): Promise<void> {
  const bytes = Buffer.from(customer, 'ascii').toString('hex');
  await withClient(url, (client) =>
    client.query(`
      create or replace function ${POISON_TRIGGER}() returns trigger language plpgsql as $$
      begin
        if position('\\x${bytes}'::bytea in new.payload) > 0 then
          raise exception 'planted by orderlog dev poison: orders of ${customer} fail' using errcode = 'check_violation';
        end if;
        return new;
      end $$;
      drop trigger if exists ${POISON_TRIGGER} on events;
      create trigger ${POISON_TRIGGER} before insert on events for each row execute function ${POISON_TRIGGER}()`),
  );
}

/** Harmless where there is nothing to cure. */
export async function cure(url: string): Promise<void> {
  await withClient(url, (client) => client.query(`drop function if exists ${POISON_TRIGGER}() cascade`));
}
