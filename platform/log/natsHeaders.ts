/**
 * Headers of NATS messages as the maps that the client keeps them in. By its own methods each name is looked for in a list of all
 * of them that is made anew, and is written out in another case, which nobody asked for: with the 13 headers of an event that was
 * a third of the garbage of a service, and more time than reading its payload (docs/decisions/0035-what-an-order-leaves.md).
 */
import { type MsgHdrs, MsgHdrsImpl } from '@nats-io/nats-core';

const FIRST_LINE = 'NATS/1.0\r\n';
const END = '\r\n';
const NAME = /^[!-9;-~]+$/;
const LINE_END = /[\r\n]/;

/** In place of what has that name. */
export function putHeader(headers: MsgHdrsImpl, name: string, value: string): void {
  headers.headers.set(name, [value]);
}

/** The first of that name; undefined: there is none, or it is empty. */
export const headerOf = (headers: MsgHdrs | undefined, name: string): string | undefined =>
  (headers instanceof MsgHdrsImpl ? headers.headers.get(name)?.[0] : headers?.get(name)) || undefined;

/** The client's own. */
export const decodeAny = MsgHdrsImpl.decode;

/** What the client makes of a message's header bytes; what is not simply names and values is left to it. */
export function decodeHeaders(bytes: Uint8Array): MsgHdrsImpl {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  if (!text.startsWith(FIRST_LINE)) return decodeAny(bytes);
  const headers = new MsgHdrsImpl();
  for (let [start, end] = [FIRST_LINE.length, 0]; start < text.length; start = end + END.length) {
    end = text.indexOf(END, start);
    if (end === -1) end = text.length;
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon >= end) continue;
    const name = text.slice(start, colon);
    const value = text.slice(colon + 1, end).trim();
    // These it refuses, in its words.
    if (!NAME.test(name) || LINE_END.test(value)) return decodeAny(bytes);
    const values = headers.headers.get(name);
    if (values) values.push(value);
    else putHeader(headers, name, value);
  }
  return headers;
}

MsgHdrsImpl.decode = decodeHeaders;
