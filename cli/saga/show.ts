/** `orderlog saga show`: a saga as people, documents or programs want it. */
import { shortName } from '../../platform/events.ts';
import type { SagaDefinition } from '../../platform/saga/definition.ts';
import { graphOf } from '../../platform/saga/graph.ts';
import { duration } from '../../platform/saga/words.ts';
import { mermaid } from './mermaid.ts';
import { svg } from './svg.ts';
import { plainTable, sagaTables } from './tables.ts';

export const FORMATS = ['table', 'mermaid', 'svg', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** Ends with a newline. */
export function sagaText(saga: SagaDefinition, format: Format): string {
  switch (format) {
    case 'table':
      return [heading(saga), ...sagaTables(saga).map(plainTable)].join('\n');
    case 'mermaid':
      return `${mermaid(graphOf(saga))}\n`;
    case 'svg':
      return svg(graphOf(saga));
    case 'json':
      return `${JSON.stringify(saga, null, 2)}\n`;
    default:
      format satisfies never;
      throw new Error(`no such format: ${format}`);
  }
}

function heading({ name, start }: SagaDefinition): string {
  const late = start.atDeadline ? `; then, or when it is asked to end, ${start.atDeadline} begins` : '';
  return `Saga ${name}: starts with ${shortName(start.event)}, at most ${duration(start.deadlineMs)}${late}\n`;
}
