import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { userError } from "../../infra/user-error";

const scheme = "file://";

/** A scheme, and what may stand before the first slash of `file://`, which to the engine is a host. */
const known =
  /^(?!file:\/\/)[a-z][a-z\d+.-]*:\S|^file:\/\/[^\s\\^`{|}%@:/?#]*(?::\d*)?(?:[/?#]|$)/i;

/**
 * Refuses an address that is none to the engine: it would ask for the access token of a service that the user did not
 * name. The message does not say the address, as one can hold a password.
 *
 * @param setting where it was given
 */
export function requireBackend(address: string, setting: string): void {
  if (known.test(address) && !/%(?![\da-f]{2})/i.test(address)) return;
  throw userError(
    `${setting} is not an address of a back end: expected https://…, s3://…, azblob://…, gs://…, file:///FOLDER, file://~/FOLDER or file://./FOLDER, in which % is written %25. Correct it.`,
  );
}

/**
 * The address of a back end in a folder. Characters that mean something in an address (`#`, `?`, `%`) are encoded:
 * the engine would take what stands behind them for something else than the folder's name.
 */
export function backendIn(folder: string): string {
  return pathToFileURL(folder).href;
}

/**
 * The folder of a back end of files, as the engine resolves it: `~` is the home of the user who runs it, a
 * relative path starts at the project's root, percent signs encode, and a query is none of the path.
 *
 * @param project the project's root. Default: the current folder, as all commands run there
 * @returns undefined for a back end of another kind, and for an address that the engine refuses with a reason of its own
 * @see https://www.pulumi.com/docs/iac/concepts/state-and-backends/#local-filesystem
 */
export function folderOf(backend: string, project = process.cwd()): string | undefined {
  if (!/^file:/i.test(backend)) return undefined;
  const [withoutQuery = ""] = backend.split("?");
  const [address = ""] = withoutQuery.split("#");
  const named = address.startsWith(scheme) ? inHome(address.slice(scheme.length)) : pathIn(address);
  try {
    return decodeURIComponent(path.resolve(project, named));
  } catch {
    return undefined;
  }
}

/** What the engine finds in other spellings, such as `file:/srv/state`: a host but `.` counts for nothing. */
function pathIn(address: string): string {
  const [, host, absolute = ""] = /^file:(?:\/\/([^/]*))?(\/.*)?/i.exec(address) ?? [];
  return host === "." ? absolute.slice(1) : absolute;
}

/** The home that the system knows, and not HOME: so does the engine. */
function inHome(named: string): string {
  return named.startsWith("~") ? path.join(os.userInfo().homedir, named.slice(2)) : named;
}
