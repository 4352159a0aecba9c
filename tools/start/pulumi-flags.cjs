// Pulumi's flags, in plain JavaScript, as they are needed before anything is installed.

/** Flags that take a value, long and short. */
const withValue = [
  ...[
    "color",
    "config",
    "config-file",
    "cwd",
    "dest",
    "exclude",
    "file",
    "from",
    "import-file",
    "memprofilerate",
  ],
  ...[
    "message",
    "out",
    "parallel",
    "policy-pack",
    "policy-pack-config",
    "profiling",
    "provider",
    "replace",
  ],
  ...["secrets-provider", "shell", "stack", "target", "target-replace", "tracing", "verbose"],
];
const lettersWithValue = "cCdmpstv";

/**
 * Whether the value of a flag is the next argument: `--stack`, `-s`, and `-ys`, but not `--stack=dev` or `-sdev`.
 *
 * @param {string} arg
 */
exports.takesNext = function takesNext(arg) {
  if (arg.startsWith("--")) return withValue.includes(arg.slice(2));
  if (!/^-[a-z]+$/i.test(arg)) return false;
  const letters = arg.slice(1).split("");
  return letters.findIndex((letter) => lettersWithValue.includes(letter)) === letters.length - 1;
};
