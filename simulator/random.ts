/**
 * The one source of chance in a simulation: xoshiro128** 1.1 (Blackman, Vigna: "Scrambled Linear Pseudorandom Number
 * Generators", 2018; prng.di.unimi.it/xoshiro128starstar.c, public domain), its state filled by splitmix32 from a 32 bit
 * seed. The same seed gives the same numbers on any machine.
 */

/** The next of a sequence: 0 <= x < 1, 32 random bits. */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  const fill = splitmix32(seed);
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  return () => {
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl(d, 11);
    return result / 2 ** 32;
  };
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** The 32 bit variant of Vigna's splitmix64, with the finaliser of MurmurHash3 as in Java's SplittableRandom. */
function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}
