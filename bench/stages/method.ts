/** How stages and their limits are measured, in sentences: what holds for them besides their turns. */
import { number } from '../compare/report/figure.ts';
import { MAX_RAW_EVENTS } from './consumer.ts';
import { AT_ONCE } from './documents.ts';
import { rebuiltOrders } from './rebuild.ts';
import { EVENTS_AN_ORDER } from './stories.ts';

export const stagesMethod = (isQuick: boolean): readonly string[] => [
  'A stage and its limit have the same servers, which nothing else uses, and before anything counts each has a turn that does not.',
  'PlaceOrder, five statements, raw atomic batches and the gateway with its raw GETs go on until the time is over. Relay, consumer, projection and raw bulk are given what would have taken so long at the rate of the turn before, since it has to be there first, and their time is what it takes.',
  'The command path, relay, consumer and projection run in the process of the benchmark, without the flags that a service has; the gateway and the rebuild are processes of their own.',
  `The raw ordered consumer reads no more than ${number(MAX_RAW_EVENTS)} events in a turn, for which it needs less time than that.`,
  `A rebuild's turn, and that of its raw bulk requests, is all of the same ${number(rebuiltOrders(isQuick))} orders with their ${number(rebuiltOrders(isQuick) * EVENTS_AN_ORDER)} events, however long that takes. Counted is the filling of the new index; comparison and switch come after it, and the last column tells how long all of the command took.`,
  'Before each turn of PlaceOrder, relay and consumer, and of what stands beside them, PostgreSQL vacuums its tables and writes out what it has left to write (a checkpoint). The other stages have no PostgreSQL, and nothing like it is done in their servers.',
  'Orders and events of the turns before stay in the databases, on both sides. What in a whole system would have gone by then does not: rows of outboxes and timers before a turn of PlaceOrder, of five statements and of the consumer.',
  'The relay and raw atomic batches each begin a turn with an empty stream.',
  `Raw bulk has as many requests under way at once as did best just before, of ${AT_ONCE.join(', ')}; the projector has two.`,
  'What is projected is counted in events, read and written: raw bulk, which writes each order once, as the events that lead to it.',
  'What each turn has left behind is counted when its time is over (rows, messages, documents; of the gateway, whose order was answered): a stage in which anything is missing, or too much, has failed and has no figures.',
];
