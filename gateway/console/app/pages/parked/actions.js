/** Replay and discard. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { postJson } from '../../api.js';
import { count, shortName } from '../../format.js';
import { useCommand } from '../../hooks.js';
import { knownCaller } from '../../session.js';
import { AskDialog } from '../../ui/dialog.js';

/** @import { OfService } from './page.js' */
/** @typedef {{ replayed?: number, stillParked?: number, error?: string }} Replayed */

/** Handles again what is parked of one aggregate, in order. @param {() => void} onDone */
export function useReplay(onDone) {
  const [said, say] = useState(/** @type {{ tone: string, text: string } | undefined} */ (undefined));
  const command = useCommand(async (/** @type {OfService} */ { service, consumer, aggregateId }) => {
    say(undefined);
    /** @type {Replayed} */
    const {
      replayed = 0,
      stillParked = 0,
      error,
    } = await postJson(`/v1/parked/replay?service=${service}`, { consumer, aggregateId });
    say({
      tone: error ? 'bad' : 'good',
      text: error
        ? `It failed again, and stays parked: ${error}`
        : `${count(replayed)} replayed, ${count(stillParked)} still parked.`,
    });
    onDone();
  });
  return { ...command, said };
}

/** @param {{ parked: OfService, onClose: () => void, onDone: () => void }} props */
export function DiscardDialog({ parked, onClose, onDone }) {
  const command = useCommand(async (/** @type {Record<string, string>} */ { reason, operatorId }) => {
    const body = { parkedId: parked.parkedId, reason, operatorId };
    await postJson(`/v1/parked/discard?service=${parked.service}`, body);
    onDone();
    onClose();
  });
  // Whoever has signed in decides in his own name: the service takes no other.
  const subject = knownCaller()?.subject;
  return html`
    <${AskDialog} title=${`Give ${shortName(parked.type)} up?`} action="Discard it" tone="danger"
      lead="Its effect is lost for ever; what waits behind it goes on. A pivot, a compensation and an end cannot be discarded."
      isRunning=${command.isRunning} error=${command.error} onClose=${onClose} onSubmit=${command.start}>
      <label class="field"><span>Why; it is recorded</span><textarea class="input" name="reason" rows="2" required maxlength="500" autofocus></textarea></label>
      <label class="field"><span>Who decides</span>
        <input class="input" name="operatorId" required maxlength="64" pattern="[A-Za-z0-9_\\-]+" title="Letters, digits, _ and -"
          value=${subject} readOnly=${subject !== undefined} />
        ${subject !== undefined && html`<small>You, as your token names you; it is recorded</small>`}</label>
    </${AskDialog}>`;
}
