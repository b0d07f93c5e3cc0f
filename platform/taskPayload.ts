/** A task's payload that says by which version of its aggregate it was asked for: four bytes, big-endian, then the message. */

const VERSION_BYTES = 4;

export function taskPayload(version: number, message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(VERSION_BYTES);
  head.writeUInt32BE(version);
  return Buffer.concat([head, message]);
}

export function readTaskPayload(payload: Uint8Array): {
  readonly version: number;
  readonly message: Uint8Array;
} {
  const bytes = Buffer.from(payload);
  return { version: bytes.readUInt32BE(0), message: bytes.subarray(VERSION_BYTES) };
}
