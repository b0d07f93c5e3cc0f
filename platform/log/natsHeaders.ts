/**
 * Headers of NATS messages as the text that they are on their way. The client keeps them in a map: it takes each arriving text
 * apart, looks for each name in a list of all of them that it makes anew, and writes a text again when it publishes. With the 13
 * headers of an event, that was a third of the garbage of a service (docs/decisions/0035-what-an-order-leaves.md). Here a name is
 * looked for where it stands, and a map is made only when the client's own methods ask for it.
 */
import { type Match, type MsgHdrs, MsgHdrsImpl } from '@nats-io/nats-core';

const FIRST_LINE = 'NATS/1.0';
const LINE_END = '\r\n';
const END = '\r\n\r\n';

/** One header; lines are put behind one another. The name and the value are the caller's to check. */
export const headerLine = (name: string, value: string): string => `${LINE_END}${name}: ${value}`;

/** The client's own. */
export const decodeAny = MsgHdrsImpl.decode;

export class TextHeaders implements MsgHdrs {
  readonly hasError = false;
  readonly status = '0';
  readonly code = 0;
  readonly description = '';
  readonly #lines: string;
  #apart: MsgHdrs | undefined;

  /** Lines as by headerLine. */
  constructor(lines: string) {
    this.#lines = lines;
  }

  /** These and others. */
  and(lines: string): TextHeaders {
    const own = this.#apart ? String(this).slice(FIRST_LINE.length, -END.length) : this.#lines;
    return new TextHeaders(own + lines);
  }

  get(name: string, match?: Match): string {
    if (this.#apart || match !== undefined) return this.#map.get(name, match);
    return this.#valueAt(name, this.#lines.indexOf(headOf(name)));
  }

  last(name: string, match?: Match): string {
    if (this.#apart || match !== undefined) return this.#map.last(name, match);
    return this.#valueAt(name, this.#lines.lastIndexOf(headOf(name)));
  }

  #valueAt(name: string, at: number): string {
    if (at === -1) return '';
    const start = at + headOf(name).length;
    const end = this.#lines.indexOf(LINE_END, start);
    return this.#lines.slice(start, end === -1 ? undefined : end).trim();
  }

  set(name: string, value: string, match?: Match): void {
    this.#map.set(name, value, match);
  }

  append(name: string, value: string, match?: Match): void {
    this.#map.append(name, value, match);
  }

  delete(name: string, match?: Match): void {
    this.#map.delete(name, match);
  }

  has(name: string, match?: Match): boolean {
    return this.#map.has(name, match);
  }

  values(name: string, match?: Match): string[] {
    return this.#map.values(name, match);
  }

  keys(): string[] {
    return this.#map.keys();
  }

  [Symbol.iterator]() {
    return this.#map[Symbol.iterator]();
  }

  /** As the client has them; what is changed there counts from then on. */
  get #map(): MsgHdrs {
    this.#apart ??= decodeAny(Buffer.from(String(this)));
    return this.#apart;
  }

  toString(): string {
    return this.#apart ? String(this.#apart) : `${FIRST_LINE}${this.#lines}${END}`;
  }

  /** Asked for by the client when it publishes. */
  encode(): Uint8Array {
    return Buffer.from(String(this));
  }
}

/** How a line of that name begins. */
function headOf(name: string): string {
  const known = heads.get(name);
  if (known !== undefined) return known;
  const head = `${LINE_END}${name}:`;
  heads.set(name, head);
  return head;
}
/** Of the names that code asks for. */
const heads = new Map<string, string>();

/** What the client makes of a message's header bytes. */
export function decodeHeaders(bytes: Uint8Array): MsgHdrs {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  if (!text.startsWith(FIRST_LINE + LINE_END) || !text.endsWith(END)) return decodeAny(bytes);
  return new TextHeaders(text.slice(FIRST_LINE.length, -END.length));
}

MsgHdrsImpl.decode = decodeHeaders as typeof MsgHdrsImpl.decode;
