// What starts in the container: the sandbox, with the environment variables of Logto's image. As there,
// the variables can come from a file .env in this folder or one above it; a database that lacks an
// alteration is refused; a failure is said in the log and is no exit code; and no signal is handled.
const fs = require("node:fs");
const path = require("node:path");
const process = require("node:process");
const { URL } = require("node:url");

function environmentFile(folder) {
  const file = path.join(folder, ".env");
  if (fs.existsSync(file)) {
    return file;
  }
  const parent = path.dirname(folder);
  return parent === folder ? undefined : environmentFile(parent);
}

/** Both or none, as Logto has it. */
function identity({ HTTPS_CERT_PATH, HTTPS_KEY_PATH }) {
  return HTTPS_CERT_PATH && HTTPS_KEY_PATH
    ? {
        certificate: fs.readFileSync(HTTPS_CERT_PATH, "utf8"),
        key: fs.readFileSync(HTTPS_KEY_PATH, "utf8"),
      }
    : undefined;
}

/**
 * SendGrid by its own name, whatever answers to it here: but trusted are the authorities alone that were given, so
 * that no mail leaves for the world.
 */
function mailServer({ NODE_EXTRA_CA_CERTS }) {
  return NODE_EXTRA_CA_CERTS
    ? {
        host: "api.sendgrid.com",
        port: 443,
        certificate: fs.readFileSync(NODE_EXTRA_CA_CERTS, "utf8"),
      }
    : undefined;
}

async function checkAlterations(databaseUrl) {
  const { ConfigKey, cliConfig } = await import("@logto/cli/lib/utils.js");
  const { createPoolFromConfig } = await import("@logto/cli/lib/database.js");
  const { getAvailableAlterations } =
    await import("@logto/cli/lib/commands/database/alteration/index.js");
  cliConfig.set(ConfigKey.DatabaseUrl, databaseUrl);
  const pool = await createPoolFromConfig();
  try {
    const missing = await getAvailableAlterations(pool);
    if (missing.length > 0) {
      throw new Error(
        "the database lacks " + missing.length + " alterations: run npm run alteration deploy",
      );
    }
  } finally {
    await pool.end();
  }
}

async function main() {
  const file = environmentFile(process.cwd());
  if (file !== undefined) {
    process.loadEnvFile(file);
  }
  const { DB_URL, PORT = "3001", ADMIN_PORT = "3002", ADMIN_DISABLE_LOCALHOST } = process.env;
  const tls = identity(process.env);
  const protocol = tls === undefined ? "http" : "https";
  const endpoint = process.env.ENDPOINT || protocol + "://localhost:" + PORT;
  const isAdminLocal = !["1", "true"].includes(ADMIN_DISABLE_LOCALHOST);
  const adminEndpoint =
    process.env.ADMIN_ENDPOINT ||
    (isAdminLocal ? protocol + "://localhost:" + ADMIN_PORT : undefined);
  if (!DB_URL) {
    throw new Error("DB_URL is not set");
  }
  await checkAlterations(DB_URL);
  require("./sandbox/log.js").logWhatLibrariesSay();
  const { startSandbox } = require("./sandbox/server.js");
  await startSandbox({
    databaseUrl: DB_URL,
    endpoint: new URL(endpoint).origin,
    ...(adminEndpoint && { adminEndpoint: new URL(adminEndpoint).origin }),
    port: Number(PORT),
    // If localhost is disabled, the tenant admin answers at the other port, too.
    adminPort: Number(isAdminLocal ? ADMIN_PORT : PORT),
    host: "0.0.0.0",
    ...(tls && { tls }),
    mailServer: mailServer(process.env),
  });
}

main().catch((error) => {
  console.error("Error while initializing app:", error.message);
});
