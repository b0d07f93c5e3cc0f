/** All outcomes, repeats and cancellations, while nothing disturbs the system. */
import { describeModes } from './describeModes.ts';
import { calm } from './disturbance.ts';
import { deliveringAgain } from './faults.ts';
import { cancels } from './scenarios/cancels.ts';
import { afterEnd, duringCharge } from './scenarios/disturbed.ts';
import { outcomes } from './scenarios/outcomes.ts';
import { repeats } from './scenarios/repeats.ts';

describeModes('undisturbed', [
  { disturbance: calm, scenarios: [...outcomes, ...repeats, ...cancels] },
  { disturbance: deliveringAgain, scenarios: [...duringCharge, ...afterEnd] },
]);
