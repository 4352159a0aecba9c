/**
 * Whether a name is that of a credential: `apiKey`, `DB_URL`, `logto:clientSecret`, `Authorization`, and for an
 * entry of a list `tokens[0]`.
 */
export function isCredentialName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (isShownToAll(words) || otherMeanings.test(words.join(" "))) return false;
  if (aloneCredential.has(last) || compounds.some((ending) => last.endsWith(ending))) return true;
  return pairs.has(words.slice(-2).join(" "));
}

/**
 * Whether a name means something public, even if its value looks random: ids of clients and sites, publishable
 * keys, revisions, digests.
 */
export function isPublicName(name: string): boolean {
  const words = wordsOf(name);
  return (
    isShownToAll(words) ||
    publicPairs.has(words.slice(-2).join(" ")) ||
    publicAlone.has(words.at(-1) ?? "") ||
    // Ids of prices, places, templates and the like: knowing one is of no use to an attacker.
    (words.length > 1 && words.at(-1) === "id" && !secretIds.has(words.at(-2) ?? ""))
  );
}

/**
 * Whether the name is about handling a credential, such as `resetPassword`. It may then also be that of a link
 * or of a button's text.
 */
export function isDealingWithCredential(name: string): boolean {
  const [before = "", last = ""] = wordsOf(name).slice(-2);
  return dealings.has(before) && /^pass(?:word|phrase|code)$/.test(last);
}

/** Whether the words name a key that pages show to everybody: `publicToken`, `searchOnlyApiKey`. */
function isShownToAll(words: readonly string[]): boolean {
  return /(?:^| )(?:public|publishable|search only) (?:api )?(?:key|token)$/.test(words.join(" "));
}

/** Names that only sound like credentials: design tokens, and names under which browsers store data. */
const otherMeanings = /(?:^| )(?:design tokens?|(?:local|browser|session) storage key)$/;

const aloneCredential = new Set([
  ...["pass", "passwd", "pwd", "pw", "kek", "dsn", "pat", "jwe", "cookie", "authorization"],
  ...[
    "bearer",
    "otp",
    "totp",
    "pepper",
    "mnemonic",
    "passcode",
    "pgpass",
    "psk",
    "cred",
    "senha",
    "hasło",
    "пароль",
    "密码",
  ],
]);

/** Endings that also count within a word, such as `PGPASSWORD` and `dbpass`. */
const compounds = [
  ...["password", "passphrase", "passwd", "secret", "token", "credential", "apikey", "keymaterial"],
  ...["dbpass", "userpass", "smtppass", "adminpass", "rootpass", "redispass", "mysqlpwd"],
  ...[
    "privatekey",
    "secretkey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "databaseurl",
    "dburl",
  ],
  ...["connectionstring", "connstr", "authkey", "masterkey", "passwort", "kennwort"],
  ...["requirepass", "masterauth", "contraseña", "contrasena", "wachtwoord", "motdepasse"],
];

const pairs = new Set([
  ...["api", "private", "access", "signing", "encryption", "fingerprint", "secret", "auth"]
    .concat(["master", "shared", "account", "storage", "service", "webhook", "hmac", "app"])
    .concat(["server", "subscription", "integration", "management", "admin", "aes", "tls", "ssl"])
    .concat(["cookie", "jwt", "session", "license", "licence"])
    .concat(["mailgun", "sendgrid", "postmark", "stripe", "twilio", "openai"])
    .map((kind) => `${kind} key`),
  ...["database", "db", "redis", "postgres", "postgresql", "mongo", "mongodb", "amqp", "mysql"]
    .concat(["rabbitmq", "broker", "cache", "queue"])
    .flatMap((kind) => [`${kind} url`, `${kind} uri`]),
  ...["key material", "connection string", "conn string", "conn str", "basic auth"],
  ...["proxy auth", "registry auth", "primary conninfo", "passphrase command", "slack webhook"],
  ...["secret value", "seed phrase", "recovery phrase", "recovery code", "backup code"],
  ...["admin pin", "user pin", "account pin", "password salt", "mot passe", "de passe"],
]);

/** An id of one of these gives access like a credential. */
const secretIds = new Set(["session", "sess", "sid", "secret", "token", "credential", "auth"]);

const publicPairs = new Set([
  ...[
    "site",
    "public",
    "publishable",
    "pub",
    "measurement",
    "tracking",
    "verification",
    "vapid",
  ].map((kind) => `${kind} key`),
  ...["content hash", "git ref", "commit hash", "git hash", "image tag", "font url", "write key"],
  ...["config hash", "template hash", "spec hash", "build hash"],
]);

const publicAlone = new Set([
  ...["revision", "commit", "sha", "sha1", "sha256", "digest", "checksum", "integrity", "etag"],
  ...["fingerprint", "sitekey", "clientid", "appid", "vcs", "gitsha", "thumbprint", "rev"],
  ...["certificate", "cert", "x509certificate"],
]);

const dealings = new Set([
  ...["reset", "forgot", "forgotten", "change", "enter", "show", "hide", "confirm", "recover"],
  ...["update", "create", "choose", "repeat", "new", "lost", "require", "requires", "allow"],
]);

/** The words of a name in lower case, without element numbers and plural endings. */
function wordsOf(name: string): string[] {
  const words = name
    .replace(/\[\d+\]/g, "")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
  // Providers mark write-only names with "wo": passwordWo.
  if (words.length > 1 && words.at(-1) === "wo") words.pop();
  const last = words.pop();
  if (last === undefined) return [];
  return [...words, /(?:pass|ss|us)$/.test(last) ? last : last.replace(/s$/, "")];
}
