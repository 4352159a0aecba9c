import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Values } from "../../../infra/properties";
import { readStackFile, stackFileOf } from "../../stack/project";
import { type Difference, differences } from "../difference";
import type { Secret } from "../secrets";
import { type ReadableConfiguration, readable, replacedBySandbox } from "./configuration";
import type { Workspaces } from "./workspaces";

/** One side of the comparison: its stack's configuration, with made-up secrets in place of the real ones. */
export interface Side extends ReadableConfiguration {
  secrets: Record<string, string>;
}

/** A side with the made-up secrets that it needs; undefined if it has no such stack. */
export async function sideOf(
  workspaces: Workspaces,
  workspace: string,
  other?: Side,
): Promise<Side | undefined> {
  const { stack } = workspaces.about;
  if (!existsSync(stackFileOf(workspaces.path(workspace), stack))) return undefined;
  const configuration = readStackFile(workspaces.path(workspace), stack).config ?? {};
  const { plain, encrypted } = readable(configuration);
  const { needed, madeUp } = (await workspaces.evaluate(workspace, makeUpSecrets(plain))) as MadeUp;
  const keys = [...new Set([...needed, ...encrypted.keys()])];
  const secrets = keys.map((key) => {
    const isSame = other !== undefined && other.encrypted.get(key) === encrypted.get(key);
    const kept = isSame ? other.secrets[key] : undefined;
    return [key, kept ?? madeUp[key] ?? randomBytes(16).toString("hex")] as const;
  });
  return { plain, encrypted, secrets: Object.fromEntries(secrets) };
}

interface MadeUp {
  /** The keys of the secrets that the stack must have. */
  needed: string[];
  madeUp: Record<string, string>;
}

/**
 * Script that makes up secrets with the workspace's own code, which knows what each of them must look like.
 */
const makeUpSecrets = (configuration: Values) => `
  const { secretSettings, neededSecrets } = require("./infra/load.cjs")("stacks/secret-settings");
  const needed = neededSecrets(${JSON.stringify(configuration)});
  const madeUp = Object.fromEntries(secretSettings.map(({ key, generate }) => [key, generate()]));
  process.stdout.write(JSON.stringify({ needed: needed.map(({ key }) => key), madeUp }));
`;

/** The made-up secrets of a side, which the review hides like real ones. */
export function madeUpOf({ secrets }: Side): Secret[] {
  return Object.entries(secrets).map(([place, value]) => ({ place, value }));
}

/** Differences in the settings that the sandbox replaces, and in encrypted values. */
export function settingsOf(before: Side, after: Side): Difference[] {
  const secrets = [...new Set([...before.encrypted.keys(), ...after.encrypted.keys()])]
    .sort()
    .flatMap((path): Difference[] => {
      const [one, other] = [before.encrypted.get(path), after.encrypted.get(path)];
      if (one === other) return [];
      const state = one === undefined ? "set" : other === undefined ? "removed" : "changed";
      return [{ path, kind: "secret", state }];
    });
  return [
    ...differences(replacedBySandbox(before.plain), replacedBySandbox(after.plain)),
    ...secrets,
  ];
}
