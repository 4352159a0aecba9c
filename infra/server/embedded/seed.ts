import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { lock } from "proper-lockfile";

const run = promisify(execFile);

/** How to wait for another run: the tool first unpacks upgrade scripts into its own package, and two at once fail. */
const waitForAnother = { retries: 240, factor: 1, minTimeout: 250, maxTimeout: 250 };

/**
 * Seeds Logto's schema and first rows with Logto's own command line tool, of the version that
 * package-lock.json pins. A database that is seeded already is left as it is.
 *
 * The tool takes the database's address from a file of mode 600 that lives as long as the run: an argument or an
 * environment variable would show the password to everyone who lists processes.
 *
 * @param databaseUrl address as a role that owns the database and has CREATEROLE
 * @see https://docs.logto.io/logto-oss/using-cli/database-management
 */
export async function seed(databaseUrl: string): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "logto-seed-"));
  const environmentFile = path.join(folder, ".env");
  const { DB_URL: _, ...environment } = process.env;
  const release = await lock(packageFolder(), { retries: waitForAnother });
  try {
    writeFileSync(environmentFile, `DB_URL='${databaseUrl}'\n`, { mode: 0o600 });
    await run(
      process.execPath,
      [
        path.join(packageFolder(), "bin", "logto.js"),
        "db",
        "seed",
        "--swe",
        "--env",
        environmentFile,
      ],
      { env: { ...environment, NO_COLOR: "1" }, timeout: 120_000 },
    );
  } catch (error) {
    throw new Error(`Logto's database was not seeded: ${reason(error)}`);
  } finally {
    await release();
    rmSync(folder, { recursive: true, force: true });
  }
}

function packageFolder(): string {
  return path.dirname(require.resolve("@logto/cli/package.json"));
}

function reason(error: unknown): string {
  const { stderr = "", stdout = "", message = "" } = error as Partial<Record<string, string>>;
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  return lines.findLast((line) => /error/i.test(line)) ?? message.split("\n")[0] ?? "";
}
