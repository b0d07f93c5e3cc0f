/** `orderlog parked list`: what is parked, in all services that answer. */
import { OrderlogError } from '../../platform/errors.ts';
import { complain } from '../complain.ts';
import { table } from '../table.ts';
import { print, toJsonObject } from './json.ts';
import { eachParked, type Found, type OpsOf } from './services.ts';
import { LIST_HEADER, listRow } from './text.ts';

export interface ListOptions {
  readonly consumer?: string;
  readonly aggregate?: string;
  readonly type?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** Returns the exit code. Throws if no service answers. */
export async function list(services: readonly OpsOf[], options: ListOptions): Promise<number> {
  const found: Found[] = [];
  const silent: OrderlogError[] = [];
  let more = false;
  for (const from of services) {
    try {
      const query = {
        consumer: options.consumer ?? '',
        aggregateId: options.aggregate ?? '',
        type: options.type ?? '',
        pageSize: Math.min(options.limit, 1_000),
      };
      for await (const event of eachParked(from, query)) {
        more = found.length >= options.limit;
        if (more) break;
        found.push({ from, event });
      }
    } catch (error) {
      if (!(error instanceof OrderlogError)) throw error;
      silent.push(error);
    }
  }
  const [first] = silent;
  if (first && silent.length === services.length) throw first;
  if (options.json) print(found.map(toJsonObject));
  else if (found.length === 0) process.stdout.write('nothing is parked\n');
  else process.stdout.write(table([LIST_HEADER, ...found.map(({ event }) => listRow(event))]));
  if (more) complain(`more than ${options.limit} are parked: --limit shows more of them\n`);
  for (const error of silent) complain(`orderlog: ${error.message}\n`);
  return silent.length === 0 ? 0 : 1;
}
