import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const iterations = 4096;

/**
 * The form in which Postgres stores a password, made here so that the password itself is never part of a statement:
 * the server writes failed statements to its log.
 *
 * A password that already has such a form is left alone, as in Postgres.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export function scramVerifier(password: string): string {
  if (/^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$)/.test(password)) {
    return password;
  }
  const salt = randomBytes(16);
  const salted = saltedPassword(password, salt, iterations);
  const serverKey = keyed(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey(salted).toString("base64")}:${serverKey}`;
}

/** Whether a stored form is that of this password. A form other than SCRAM's never is, so that it is replaced. */
export function isVerifierOf(verifier: string | undefined, password: string): boolean {
  const [, count, salt = "", stored = ""] =
    /^SCRAM-SHA-256\$(\d+):([\w+/=]+)\$([\w+/=]+):/.exec(verifier ?? "") ?? [];
  if (count === undefined) return false;
  const salted = saltedPassword(password, Buffer.from(salt, "base64"), Number(count));
  const [own, other] = [storedKey(salted), Buffer.from(stored, "base64")];
  return own.length === other.length && timingSafeEqual(own, other);
}

function saltedPassword(password: string, salt: Buffer, count: number): Buffer {
  return pbkdf2Sync(password.normalize("NFKC"), salt, count, 32, "sha256");
}

function storedKey(salted: Buffer): Buffer {
  return createHash("sha256").update(keyed(salted, "Client Key")).digest();
}

function keyed(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
