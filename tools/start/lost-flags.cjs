// The flags of our commands that npm has taken for its own: `npm run review --drift` reaches the command without
// `--drift`, which would then do something else than it was asked, and say that all is well.
const fs = require("fs");
const path = require("path");
const { takesNext } = require("./pulumi-flags.cjs");

// A flag that Pulumi has and npm has too is left out where its loss shows by itself: without --yes it asks, without
// --force it refuses, and --color is for the eye.
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
 * What to say of the flags that `npm run COMMAND --FLAG` lost, if any. npm hands what it knows of its configuration to a
 * script by environment, and a flag that it did not know is among that.
 *
 * @param {string} command
 * @param {string[]} args what has reached the command
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
  // A value that npm did not take with its flag is the last of what has come. Else flags stand last: a stack, or a
  // command of Pulumi's, comes first.
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

/** Whether the value is of npm's own configuration (`message=release %s` in ~/.npmrc), which scripts get likewise. */
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
    return []; // most have none
  }
}
