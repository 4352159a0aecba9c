import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { ensureImage } from "./image";
import { busyboxFile, installBusybox, stampOf } from "./machine";

/** With the numbers that they have in Alpine's images. */
const users = [
  { name: "root", id: 0, home: "/root", shell: "/bin/sh" },
  { name: "postgres", id: 70, home: "/var/lib/postgresql", shell: "/bin/sh" },
  { name: "node", id: 1000, home: "/home/node", shell: "/bin/sh" },
  { name: "nobody", id: 65534, home: "/", shell: "/bin/false" },
];

/** The smallest image in which a test can run something: a shell and its usual commands. */
export function shellImage(docker: Docker): Promise<string> {
  return ensureImage(docker, {
    name: "logto-stack-test/shell",
    key: [stampOf(busyboxFile())],
    fill: fillShell,
  });
}

/** What is in every image. */
export function fillShell(root: string): void {
  installBusybox(root);
  for (const folder of ["dev", "etc", "proc", "root", "sys", "usr/bin", "var"]) {
    mkdirSync(path.join(root, folder), { recursive: true });
  }
  mkdirSync(path.join(root, "tmp"));
  chmodSync(path.join(root, "tmp"), 0o1777);
  const lines = (line: (user: (typeof users)[number]) => string) =>
    `${users.map(line).join("\n")}\n`;
  writeFileSync(
    path.join(root, "etc/passwd"),
    lines(({ name, id, home, shell }) => `${name}:x:${id}:${id}:${name}:${home}:${shell}`),
  );
  writeFileSync(
    path.join(root, "etc/group"),
    lines(({ name, id }) => `${name}:x:${id}:`),
  );
}
