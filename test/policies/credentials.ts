import { createHash, generateKeyPairSync } from "node:crypto";

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Characters that look like chance and are the same at every run. */
export function chance(seed: string, length: number, alphabet = alphanumeric): string {
  let text = "";
  for (let block = 0; text.length < length; block += 1) {
    const bytes = createHash("sha512").update(`${seed}${block}`).digest();
    text += [...bytes].map((byte) => alphabet[byte % alphabet.length]).join("");
  }
  return text.slice(0, length);
}

/** Made here, so that no file of the repository holds the shape of a credential. */
export const credentials = {
  sendGrid: `SG.${chance("a", 22)}.${chance("b", 43)}`,
  awsKeyId: `AKIA${chance("c", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
  awsSecret: `AWS_SECRET_ACCESS_KEY=${chance("d", 40)}`,
  gitHub: `ghp_${chance("e", 36)}`,
  slack: `xoxb-${chance("f", 12, "0123456789")}-${chance("g", 12, "0123456789")}-${chance("h", 24)}`,
  stripe: `sk_live_${chance("i", 24)}`,
  npm: `npm_${chance("j", 36)}`,
  google: `AIza${chance("k", 35)}`,
  azure: `AccountKey=${chance("l", 86)}==`,
  token: [{ alg: "HS256", typ: "JWT" }, { sub: "bookstore" }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat(chance("m", 43))
    .join("."),
  privateKey: generateKeyPairSync("ed25519").privateKey.export({
    type: "pkcs8",
    format: "pem",
  }) as string,
  postgresUrl: `postgres://logto:${chance("n", 12)}@postgres:5432/logto`,
  redisUrl: `redis://:${chance("o", 12)}@cache:6379`,
  basicUrl: `https://logto:${chance("p", 12)}@bookstore.example/`,
  alphanumeric: chance("q", 32),
  hexadecimal: chance("r", 40, "0123456789abcdef"),
  base32: chance("s", 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
  base64: chance("t", 44, `${alphanumeric}+/`),
};
