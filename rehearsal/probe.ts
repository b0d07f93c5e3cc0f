/** The readiness probe of a pod, as a kubelet asks it. */
import { createClient } from '../platform/grpc/client.ts';
import { READINESS } from '../platform/grpc/health.ts';
import { pause } from '../platform/wait.ts';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../proto/gen/grpc/health/v1/health.ts';
import type { Rollout } from './rollout.ts';

export interface Probe {
  /** As the last probes said. */
  isReady(): boolean;
  /** Resolves with the first that succeeds; throws when it was stopped before. */
  whenReady(): Promise<void>;
  stop(): void;
}

const TIMEOUT_MS = 2_000;
/** A pod that is not ready yet is asked more often: the rest of a second is nothing that is to be measured. */
const STARTUP_EVERY_MS = 200;

export function startProbe(address: string, { probeEveryMs, probesToFail }: Rollout): Probe {
  const client = createClient(HealthService, address);
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  // Nobody may be waiting.
  first.promise.catch(() => undefined);
  let isReady = false;
  const look = async (): Promise<boolean> => {
    try {
      const { status } = await client.check({ service: READINESS }, { timeoutMs: TIMEOUT_MS });
      return status === Serving.SERVING;
    } catch {
      return false;
    }
  };
  const probing = (async () => {
    for (let failed = 0; !stopping.signal.aborted; ) {
      const serves = await look();
      failed = serves ? 0 : failed + 1;
      if (serves) {
        isReady = true;
        first.resolve();
      } else if (failed >= probesToFail) isReady = false;
      await pause(isReady ? probeEveryMs : STARTUP_EVERY_MS, stopping.signal);
    }
  })();
  return {
    isReady: () => isReady && !stopping.signal.aborted,
    whenReady: () => first.promise,
    stop() {
      stopping.abort();
      first.reject(new Error(`${address} is not probed any more`));
      void probing.finally(() => client.close());
    },
  };
}
