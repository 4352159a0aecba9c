/** Two projects: `unit` runs in parallel, `engine` (the real pulumi CLI) one file at a time. */
const shared = {
  testEnvironment: "node",
  // Like ts-node at run time, and import() is left alone: several dependencies are ES modules only.
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "commonjs", ignoreDynamic: true },
      },
    ],
  },
};

module.exports = {
  coverageProvider: "v8",
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/engine/", "<rootDir>/test/e2e/"],
      globalSetup: "<rootDir>/test/support/postgres-for-tests.ts",
      globalTeardown: "<rootDir>/test/support/postgres-for-tests-teardown.ts",
    },
  ],
};
