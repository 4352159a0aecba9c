import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const scheme = "file://";

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
  if (!backend.startsWith(scheme)) return undefined;
  const [withoutQuery = ""] = backend.slice(scheme.length).split("?");
  const [named = ""] = withoutQuery.split("#");
  try {
    return decodeURIComponent(path.resolve(project, inHome(named)));
  } catch {
    return undefined;
  }
}

/** The home that the system knows, and not HOME: so does the engine. */
function inHome(named: string): string {
  return named.startsWith("~") ? path.join(os.userInfo().homedir, named.slice(2)) : named;
}
