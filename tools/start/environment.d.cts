declare function clearMisleading(env: NodeJS.ProcessEnv): void;
export = clearMisleading;
