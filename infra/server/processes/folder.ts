import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";

/**
 * Mode of a folder through which the programs of a stack reach their own. Root's Postgres runs as another user, who
 * has to pass through, but must see no names.
 */
export const passable = process.getuid?.() === 0 ? 0o711 : 0o700;

/**
 * Makes a folder with exactly this mode, and missing folders above it passable. The mode given to mkdir is cut by
 * the user's umask, and does not apply to an existing folder.
 */
export function makeFolder(folder: string, mode: number): void {
  const above = path.dirname(folder);
  if (!existsSync(above)) makeFolder(above, passable);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, mode);
}
