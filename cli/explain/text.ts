/** An explanation on a terminal: the paragraph, the steps, and what happened. */
import { shortName } from '../../platform/events.ts';
import {
  type ExplainedEvent,
  type ExplainOrderResponse,
  stepStateToJSON,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { table } from '../table.ts';

const WIDTH = 100;

export function explanationText(explanation: ExplainOrderResponse): string {
  const { status, summary, steps, events } = explanation;
  const stepRows = steps.map(({ step, service, state, text, beginTime, outcome }) => [
    step,
    service,
    stepStateToJSON(state).replace('STEP_STATE_', '').toLowerCase().replace('_', ' '),
    timeOf(outcome?.createTime ?? beginTime),
    text,
  ]);
  return [
    orderStatusToJSON(status),
    '',
    wrap(summary),
    '',
    'Steps',
    indented([['STEP', 'SERVICE', 'STATE', 'SINCE', ''], ...stepRows]),
    'What happened',
    indented([
      ['TIME', 'SERVICE', 'EVENT', 'BECAUSE OF', ''],
      ...events.map((each) => eventRow(each, events)),
    ]),
  ].join('\n');
}

function eventRow(
  { service, text, event }: ExplainedEvent,
  all: readonly ExplainedEvent[],
): readonly string[] {
  const cause = event?.cause;
  const known = all.find((each) => each.event?.eventId === cause?.eventId)?.event?.type;
  const because = known ? shortName(known) : cause ? `${cause.stream} ${cause.eventId}` : '–';
  return [timeOf(event?.createTime), service, shortName(event?.type ?? '') || '?', because, text];
}

const timeOf = (time: Date | undefined): string => time?.toISOString() ?? '–';

const indented = (rows: readonly (readonly string[])[]): string => table(rows).replaceAll(/^(?=.)/gm, '  ');

/** Lines of at most so many characters, broken between words. */
export function wrap(text: string, width = WIDTH): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
