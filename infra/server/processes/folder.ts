import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";

/**
 * Mode of a folder through which the programs of a stack reach their own. As root its Postgres runs as another user, who
 * has to pass through, but sees no names.
 */
export const passable = process.getuid?.() === 0 ? 0o711 : 0o700;

/**
 * Makes a folder with exactly this mode, and those above it that are missing passable. The mode that mkdir takes is cut
 * by the umask of whoever runs it, and is not that of a folder that is there.
 */
export function makeFolder(folder: string, mode: number): void {
  const above = path.dirname(folder);
  if (!existsSync(above)) makeFolder(above, passable);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, mode);
}
