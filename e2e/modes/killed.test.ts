/** Processes are killed and paused at each step of the saga. */
import { describeModes } from './describeModes.ts';
import { killing, killingDuringRefund, killingInItsTracks, killingWhileHeld, pausing } from './kills.ts';
import { afterEnd, beforeCharge, beforeReservation, duringCharge } from './scenarios/disturbed.ts';

// A process that was killed a moment ago is kept waiting longer by its supervisor: they take turns.
describeModes('killed', [
  {
    disturbance: killingWhileHeld('order', 'catalog', 'before the reservation'),
    scenarios: beforeReservation,
  },
  { disturbance: killingInItsTracks('payment', 'before the charge'), scenarios: beforeCharge },
  { disturbance: killingInItsTracks('catalog', 'before the reservation'), scenarios: beforeReservation },
  { disturbance: pausing('payment'), scenarios: beforeCharge },
  {
    disturbance: killingWhileHeld('order', 'payment', 'between reservation and charge'),
    scenarios: beforeCharge,
  },
  { disturbance: killing(['payment'], 'during the charge'), scenarios: duringCharge },
  { disturbance: killing(['catalog'], 'during the charge'), scenarios: duringCharge },
  { disturbance: killing(['nats'], 'during the charge'), scenarios: duringCharge },
  { disturbance: killing(['order'], 'during the charge'), scenarios: duringCharge },
  { disturbance: killingDuringRefund, scenarios: afterEnd },
  { disturbance: killing(['postgres'], 'during the charge'), scenarios: duringCharge },
  { disturbance: killing(['order', 'catalog', 'payment'], 'during the charge'), scenarios: duringCharge },
]);
