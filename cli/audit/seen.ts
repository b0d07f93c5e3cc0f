/**
 * Which numbers were met: one bit each, in pages that are made when first needed. What an audit remembers of a log of any
 * length: 125 kB a million events.
 */
const PAGE_BITS = 65_536;

export interface Seen {
  has(number: bigint): boolean;
  /** False if it was there already. */
  add(number: bigint): boolean;
}

export function createSeen(): Seen {
  const pages = new Map<number, Uint8Array>();
  const place = (number: bigint) => {
    const value = Number(number);
    const bit = value % PAGE_BITS;
    return { page: Math.floor(value / PAGE_BITS), byte: bit >> 3, mask: 1 << (bit & 7) };
  };
  const has = (number: bigint) => {
    const { page, byte, mask } = place(number);
    return ((pages.get(page)?.[byte] ?? 0) & mask) !== 0;
  };
  return {
    has,
    add(number) {
      if (has(number)) return false;
      const { page, byte, mask } = place(number);
      const bytes = pages.get(page) ?? new Uint8Array(PAGE_BITS / 8);
      bytes[byte] = (bytes[byte] ?? 0) | mask;
      pages.set(page, bytes);
      return true;
    },
  };
}
