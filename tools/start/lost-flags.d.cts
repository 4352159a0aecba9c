declare function lostFlags(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): string | undefined;
export = lostFlags;
