// Finds flags that npm has taken for its own: `npm run review --drift` starts the command without `--drift`. It would
// then do something else than was asked, and report that all is well.
const fs = require("fs");
const path = require("path");
const { takesNext } = require("./pulumi-flags.cjs");

// Flags that both Pulumi and npm have. Left out are those whose loss is noticed anyway: without --yes it asks, without
// --force it refuses, and --color only changes the looks.
const pulumi = [
  "all",
  "clear-pending-creates",
  "config",
  "config-file",
  "config-path",
  "continue-on-error",
  "cwd",
  "debug",
  "diff",
  "exclude",
  "exclude-dependents",
  "exclude-protected",
  "expect-no-changes",
  "file",
  "from",
  "import-file",
  "import-pending-creates",
  "json",
  "message",
  "non-interactive",
  "out",
  "parallel",
  "path",
  "plaintext",
  "policy-pack",
  "policy-pack-config",
  "preview-only",
  "protect",
  "provider",
  "refresh",
  "remove",
  "replace",
  "run-program",
  "secret",
  "secrets-provider",
  "shell",
  "show-config",
  "show-full-output",
  "show-reads",
  "show-replacement-steps",
  "show-sames",
  "show-secrets",
  "skip-pending-creates",
  "skip-preview",
  "stack",
  "suppress-outputs",
  "suppress-progress",
  "target",
  "target-dependents",
  "target-replace",
  ...["r", "t", "c", "m", "p", "j", "e", "o", "x"],
];

const review = ["stack", "refresh", "drift", "offline", "base", "change", "json"];

const flags = {
  up: pulumi,
  pulumi,
  review,
  "review-step": [...review, "approved"],
  backup: ["stack"],
  restore: ["stack", "discard"],
  bookstore: ["stack"],
  bench: ["sizes", "rounds", "json", "picture"],
  test: ["t", "testnamepattern", "testpathpatterns", "coverage", "watch", "runinband"],
};

/**
 * The message about flags that `npm run COMMAND --FLAG` lost, if any. npm passes its configuration to scripts by
 * environment variables, and flags that it does not know are among them.
 *
 * @param {string} command
 * @param {string[]} args the arguments that reached the command
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
module.exports = function lostFlags(command, args, env) {
  const lost = (flags[command] || []).flatMap((flag) => {
    const value = env["npm_config_" + flag.replace(/-/g, "_")];
    if (value === undefined || value === "" || value === "false") return [];
    if (isConfigured(flag, value, env)) return [];
    const written = (flag.length === 1 ? "-" : "--") + flag;
    return [value === "true" ? written : written + " " + value];
  });
  if (lost.length === 0) return undefined;
  // The value of a flag that npm did not keep with it is the last argument. Otherwise flags go last: a stack, or a
  // Pulumi command, comes first.
  const isApart = (flag) => args.length > 0 && takesNext(flag);
  const before = args.slice(0, args.length - (lost.some(isApart) ? 1 : 0));
  const after = args.slice(before.length);
  const rest = [
    ...before,
    ...lost.filter((flag) => !isApart(flag)),
    ...lost.filter(isApart),
    ...after,
  ].join(" ");
  return (
    "npm has taken " +
    lost.join(", ") +
    " for itself, and this command would run without: write the flags behind two dashes, npm run " +
    command +
    " -- " +
    rest
  );
};

/** Whether the value comes from npm's own configuration (`message=release %s` in ~/.npmrc), which scripts get too. */
function isConfigured(flag, value, env) {
  const files = [
    env.npm_config_userconfig,
    env.npm_config_globalconfig,
    path.join(__dirname, "../../.npmrc"),
  ];
  return files.some((file) =>
    linesOf(file).some((line) => {
      const [key = "", ...rest] = line.split("=").map((part) => part.trim());
      const given = rest.length === 0 ? "true" : rest.join("=").replace(/^(["'])(.*)\1$/, "$2");
      return key === flag && given === value;
    }),
  );
}

function linesOf(file) {
  try {
    return file ? fs.readFileSync(file, "utf8").split("\n") : [];
  } catch {
    return []; // most users have no such file
  }
}
