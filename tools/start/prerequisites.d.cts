declare function missingPrerequisites(
  command: string,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined>;
export = missingPrerequisites;
