import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";

/** Programs of this machine, as an image takes them over. They come from Debian's packages. */

/** Copies a program with the libraries that it is linked with. */
export function copyProgram(root: string, file: string): void {
  copyFile(root, file);
  copyLibraries(root, file);
}

/**
 * Copies the libraries that a program, or a library, is linked with.
 *
 * @param but a folder whose own libraries are in their place already. Default: none
 */
export function copyLibraries(root: string, file: string, but?: string): void {
  const output = execFileSync("ldd", [file], { encoding: "utf8" });
  for (const [, library] of output.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    if (library === undefined || (but !== undefined && library.startsWith(`${but}/`))) continue;
    if (!existsSync(path.join(root, library))) {
      copyFile(root, library);
    }
  }
}

/** Copies a folder to the same place, or to another one. `cp` takes a tenth of the time of Node's own. */
export function copyFolder(root: string, folder: string, target = folder): void {
  const place = path.join(root, target);
  mkdirSync(path.dirname(place), { recursive: true });
  execFileSync("cp", ["--archive", "--no-target-directory", folder, place]);
}

function copyFile(root: string, file: string): void {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  // What the file is a link to, and not the link.
  copyFileSync(file, target);
}

/** A shell and the usual commands, as Alpine's images have them: BusyBox, and nothing of GNU. */
export function installBusybox(root: string): void {
  const busybox = busyboxFile();
  const folder = path.join(root, "bin");
  mkdirSync(folder, { recursive: true });
  copyFileSync(busybox, path.join(folder, "busybox"));
  for (const name of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    if (name !== "busybox") {
      symlinkSync("busybox", path.join(folder, name));
    }
  }
}

/** The one that needs no library. */
export function busyboxFile(): string {
  return installed("/bin/busybox", "busybox-static");
}

export function installed(file: string, debianPackage: string): string {
  if (!existsSync(file)) {
    throw new Error(
      `The tests' images are made of this machine's programs, and ${file} is missing: install Debian's package ${debianPackage}, or run the tests with bash .ci/docker-engine npm test.`,
    );
  }
  return file;
}

/** What tells one build of a program from another. */
export function stampOf(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}
