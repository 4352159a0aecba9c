import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import type { Workspaces } from "./workspaces";

/** Whether base and change both have the file or link, and it is the same in both. */
export function haveSame(workspaces: Workspaces, file: string): boolean {
  const [one, other] = ["base", "change"].map((workspace) => {
    const place = workspaces.path(workspace, file);
    const entry = lstatSync(place, { throwIfNoEntry: false });
    if (entry?.isSymbolicLink()) return Buffer.from(readlinkSync(place));
    return entry?.isFile() ? readFileSync(place) : undefined;
  });
  return one !== undefined && other !== undefined && one.equals(other);
}

/** The files below a folder that only base or change has, or that differ. */
export function differing(workspaces: Workspaces, folder: string): string[] {
  const files = ["base", "change"].flatMap((workspace) =>
    existsSync(workspaces.path(workspace, folder))
      ? readdirSync(workspaces.path(workspace, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() || entry.isSymbolicLink())
          .map(({ parentPath, name }) =>
            path.relative(workspaces.path(workspace), path.join(parentPath, name)),
          )
      : [],
  );
  return [...new Set(files)].filter((file) => !haveSame(workspaces, file)).sort();
}

/** Digest of the base's policies and the code that they load: the change's code runs too and must not alter them. */
export function digestOfJudge(workspaces: Workspaces): string {
  const digest = createHash("sha256");
  for (const folder of ["policies", "infra"]) {
    if (!existsSync(workspaces.path("base", folder))) continue;
    const entries = readdirSync(workspaces.path("base", folder), {
      recursive: true,
      withFileTypes: true,
    });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name))
      .sort();
    for (const file of files) digest.update(file).update(readFileSync(file));
  }
  return digest.digest("hex");
}
