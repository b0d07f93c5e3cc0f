import type { AnyEvent } from '../events.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { ServiceConfig } from '../serviceConfig.ts';
import type { WriteServiceSpec } from './spec.ts';

/** What all parts of a service that starts are made with. */
export interface Base<S, C, E extends AnyEvent> {
  readonly lifecycle: Lifecycle;
  readonly config: ServiceConfig;
  readonly spec: WriteServiceSpec<S, C, E>;
  /** Unique to this process and its life. */
  readonly holder: string;
  /** Aborted when a service that is up begins to stop. */
  readonly stopping: AbortSignal;
}
