/** The events of items and reservations: a union on `type`, and their codec. */
import { defineEvents, type EventOf } from '../../../platform/events.ts';
import {
  ItemPut,
  ItemsReserved,
  ReservationConfirmed,
  ReservationReleased,
  ReservationReturned,
  ReserveFailed,
  StockAdjusted,
} from '../../../proto/gen/orderlog/catalog/v1/events.ts';

const messages = {
  ItemPut,
  StockAdjusted,
  ItemsReserved,
  ReserveFailed,
  ReservationReleased,
  ReservationConfirmed,
  ReservationReturned,
};

export const catalogEvents = defineEvents('orderlog.catalog.v1', messages);
export type CatalogEvent = EventOf<typeof messages>;
