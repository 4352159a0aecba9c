import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * The form in which Postgres stores a password, made here so that the password itself is never part
 * of a statement: the server writes a statement that fails to its log.
 *
 * A password that has such a form already is left alone, as Postgres does.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export function scramVerifier(password: string): string {
  if (/^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$)/.test(password)) {
    return password;
  }
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const storedKey = createHash("sha256").update(keyed(salted, "Client Key")).digest("base64");
  const serverKey = keyed(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations.toString()}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

function keyed(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
