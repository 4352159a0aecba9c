import semver from "semver";

/** How some engine versions differ, and what these tools do about it. docs/compatibility.md has the same table. */
interface Quirk {
  /** The versions, as a semver range. */
  versions: string;
  what: string;
  remedy: string;
}

export const quirks = {
  panicAtReplacement: {
    versions: "<3.187.0",
    what: "`preview` and `up` with `--refresh` and `--run-program` end in a panic (`could not determine index for resource`) where something is replaced",
    remedy:
      "`--run-program` is for `refresh` and `destroy`. Only while an external Logto is reached otherwise than at the last `up`, a preview has it too, and `npm run up -- STACK --refresh` is two runs",
  },
  uncheckedRefresh: {
    versions: ">=3.187.0",
    what: "`preview` and `up` with `--refresh` and `--run-program` show lines such as `refreshing [diff: -limit]`, which are no differences",
    remedy: "as above, so that they do not show; what changes is what the lines after them say",
  },
  targetedRefresh: {
    versions: "*",
    what: "`refresh --run-program` with `--target` can order the state in a way that nothing reads (seen on 3.170.0)",
    remedy: "`--run-program` is not given with `--target` or `--exclude`",
  },
  policiesByLanguageHost: {
    versions: ">=3.175.0",
    what: "policy packs are started by the language host's call `RunPlugin`, which hosts up to 3.68 refuse (`could not read plugin [policies]: not supported`)",
    remedy:
      "the host is asked before policies are to judge, and one that refuses is named in one line. One that comes with its engine knows the call",
  },
  runtimeOptions: {
    versions: "*",
    what: "hosts up to 3.68 refuse options of the runtime that they do not know, such as `packagemanager`",
    remedy: "Pulumi.yaml has `typescript` alone, which all know",
  },
} satisfies Record<string, Quirk>;

/** Whether an engine of this version, or a prerelease of it, has the quirk. */
export function hasQuirk(version: string, quirk: keyof typeof quirks): boolean {
  return semver.satisfies(version, quirks[quirk].versions, { includePrerelease: true });
}
