import { createHash, randomBytes } from "node:crypto";
import { chacha8 } from "@noble/ciphers/chacha.js";

const digits = "0123456789abcdef";
const suffixLength = 7;
const keyLength = 32;
const nonceLength = 12;
const wordLength = 4;
const blockLength = 64;

/** The constant words at the start of every ChaCha block. */
const constants = Buffer.from("expand 32-byte k");

/**
 * A resource's name with a suffix of seven hexadecimal digits. They come from the engine's random seed, so that a
 * preview and the update after it choose the same name, which is also the one that the vendor's plugins would
 * choose: each digit is a number of Go's `math/rand/v2.ChaCha8`, seeded with the seed's SHA-256, modulo 16.
 */
export function automaticName(name: string, seed: Uint8Array): string {
  const key = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(keyLength);
  const stream = chacha8(
    new Uint8Array(key),
    new Uint8Array(nonceLength),
    new Uint8Array(3 * blockLength),
  );
  const suffix = Array.from({ length: suffixLength }, (_, index) =>
    digits.charAt(lowestByte(stream, index) & 0xf),
  );
  return `${name}-${suffix.join("")}`;
}

/**
 * The lowest byte of a 64-bit number. Go interleaves the words of four blocks, so every other number begins in
 * the first block and in the third. It skips ChaCha's last step, which adds the constants.
 */
function lowestByte(stream: Uint8Array, index: number): number {
  const byte = Math.floor(index / 2) * wordLength;
  const block = index % 2 === 0 ? 0 : 2;
  return (stream[block * blockLength + byte] ?? 0) - (constants[byte] ?? 0);
}
