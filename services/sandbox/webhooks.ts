/**
 * Tells of what was done, as providers do by webhook: each entry of the ledger is posted, signed (platform/signedBody.ts), to one
 * URL until it is taken: at least once, in no certain order, and of what is left at a stop nothing is told any more. Off until it is
 * switched on: PUT /v1/webhooks { mode }.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { signBody } from '../../platform/signedBody.ts';
import { backoffMs } from '../../platform/wait.ts';
import type { Entry } from './ledger.ts';

export const WEBHOOK_MODES = ['off', 'on'] as const;
export type WebhookMode = (typeof WEBHOOK_MODES)[number];

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

export interface Webhooks {
  mode(): WebhookMode;
  set(mode: WebhookMode): void;
  /** `orderId`: whose it is. */
  tell(entry: Entry, orderId: string): void;
  stop(): void;
}

const MAX_TRIES = 12;
const TIMEOUT_MS = 10_000;
/** Above, the newest are not told: whoever asks is told all the same. */
const MAX_OPEN = 1_000;

/** Without a target nothing is ever told. */
export function createWebhooks(target: WebhookTarget | undefined, first: WebhookMode = 'off'): Webhooks {
  const stopping = new AbortController();
  let mode = first;
  let open = 0;

  async function deliver({ url, secret }: WebhookTarget, body: string): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES && !stopping.signal.aborted; tries++) {
      const signature = signBody(secret, Buffer.from(body), Date.now());
      const headers = { 'content-type': 'application/json', 'provider-signature': signature };
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const taken = await fetch(url, { method: 'POST', headers, body, signal }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (taken) return;
      await sleep(backoffMs(tries), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    mode: () => mode,
    set(wanted) {
      mode = wanted;
    },
    tell({ kind, fingerprint: _, ...entry }, orderId) {
      if (!target || mode === 'off' || open >= MAX_OPEN) return;
      open += 1;
      const event = { id: `evt_${entry.id}`, type: kind, data: { ...entry, orderId } };
      void deliver(target, JSON.stringify(event)).finally(() => {
        open -= 1;
      });
    },
    stop: () => stopping.abort(),
  };
}
