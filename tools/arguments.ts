/** The stack that `--stack NAME`, `--stack=NAME`, `-s NAME`, `-s=NAME` or `-sNAME` names in a command of Pulumi's. */
export function namedStack(args: readonly string[]): string | undefined {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  const index = flags.findIndex((arg) => /^(--stack$|--stack=|-s(?!-))/.test(arg));
  const flag = flags[index];
  return flag === "--stack" || flag === "-s"
    ? flags[index + 1]
    : flag?.replace(/^(--stack=|-s=?)/, "");
}
