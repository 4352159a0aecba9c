import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type User, UsersPasswordEncryptionMethod } from "@logto/schemas";
import { inTheBackground } from "./background";

/** A password as a user's row holds it. */
export type StoredPassword = Pick<User, "passwordEncrypted" | "passwordEncryptionMethod">;

/**
 * Hashes a new password as Logto does, so that Logto knows it again. It takes a good part of a second.
 *
 * Source: Logto, `packages/core/src/workers/tasks/argon2i.ts`.
 */
export async function hashPassword(
  password: string,
): Promise<{ passwordEncrypted: string; passwordEncryptionMethod: UsersPasswordEncryptionMethod }> {
  const passwordEncrypted = await inTheBackground("argon2i", {
    password,
    salt: randomBytes(16),
    iterations: 8,
    parallelism: 1,
    memorySize: 8192,
    hashLength: 32,
    outputType: "encoded",
  });
  return { passwordEncrypted, passwordEncryptionMethod: UsersPasswordEncryptionMethod.Argon2i };
}

/**
 * Whether the password is the stored one. Imported people can have hashes of other methods; what Logto
 * calls `Legacy` is not known here and matches nothing.
 */
export async function isPassword(
  password: string,
  { passwordEncrypted: stored, passwordEncryptionMethod: method }: StoredPassword,
): Promise<boolean> {
  if (!stored || !method) return false;
  switch (method) {
    case UsersPasswordEncryptionMethod.Argon2i:
    case UsersPasswordEncryptionMethod.Argon2id:
    case UsersPasswordEncryptionMethod.Argon2d:
      return inTheBackground("argon2Verify", { password, hash: stored });
    case UsersPasswordEncryptionMethod.Bcrypt:
      return inTheBackground("bcryptVerify", { password, hash: stored });
    case UsersPasswordEncryptionMethod.MD5:
    case UsersPasswordEncryptionMethod.SHA1:
    case UsersPasswordEncryptionMethod.SHA256:
      return isDigest(method, password, stored);
    case UsersPasswordEncryptionMethod.Legacy:
      return false;
  }
}

function isDigest(algorithm: string, password: string, stored: string): boolean {
  const digest = createHash(algorithm.toLowerCase()).update(password).digest();
  const expected = Buffer.from(stored, "hex");
  return digest.length === expected.length && timingSafeEqual(digest, expected);
}
