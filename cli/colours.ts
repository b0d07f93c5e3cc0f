/**
 * Colours, where somebody looks: only on a terminal, and not where NO_COLOR is set (https://no-color.org); FORCE_COLOR
 * asks for them elsewhere. What they say is always said in words too.
 */
import { styleText } from 'node:util';

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'bold' | 'dim';

export const coloured = (colour: Colour, text: string): string =>
  styleText(colour, text, { stream: process.stdout });
