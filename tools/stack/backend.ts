import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { userError } from "../../infra/user-error";

const scheme = "file://";

/** Known schemes, with the text before the first slash of `file://`, which the engine reads as a host. */
const known =
  /^(?!file:\/\/)[a-z][a-z\d+.-]*:\S|^file:\/\/[^\s\\^`{|}%@:/?#]*(?::\d*)?(?:[/?#]|$)/i;

/**
 * Refuses an address that the engine does not know: the engine would ask for the access token of a service that the
 * user did not name. The message does not show the address, which may hold a password.
 *
 * @param setting in which it was given
 */
export function requireBackend(address: string, setting: string): void {
  if (known.test(address) && !/%(?![\da-f]{2})/i.test(address)) return;
  throw userError(
    `${setting} is not an address of a back end: expected https://…, s3://…, azblob://…, gs://…, file:///FOLDER, file://~/FOLDER or file://./FOLDER, in which % is written %25. Correct it.`,
  );
}

/**
 * The address of a back end in a folder. Special characters of addresses (`#`, `?`, `%`) are encoded: the engine
 * would not read the text after them as part of the folder's name.
 */
export function backendIn(folder: string): string {
  return pathToFileURL(folder).href;
}

/**
 * The folder of a back end of files, as the engine resolves it: `~` is the home of the user who runs it, a
 * relative path starts at the project's root, percent signs encode, and a query is not part of the path.
 *
 * @param project the project's root. Default: the current folder, as all commands run there
 * @returns undefined for another kind of back end, and for an address that the engine itself refuses
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

/** The path in other spellings that the engine accepts, such as `file:/srv/state`. Hosts other than `.` are ignored. */
function pathIn(address: string): string {
  const [, host, absolute = ""] = /^file:(?:\/\/([^/]*))?(\/.*)?/i.exec(address) ?? [];
  return host === "." ? absolute.slice(1) : absolute;
}

/** Uses the system's home directory instead of HOME, as the engine does. */
function inHome(named: string): string {
  return named.startsWith("~") ? path.join(os.userInfo().homedir, named.slice(2)) : named;
}
