const { readFileSync } = require("node:fs");
const path = require("node:path");

/**
 * Several dependencies are ES modules only. Node requires them (20.19 and later); Jest has its own
 * `require`, which cannot before Node 24, so for tests they are compiled like the project's own files.
 */
function packagesThatAreModules() {
  const lock = JSON.parse(readFileSync(path.join(__dirname, "package-lock.json"), "utf8"));
  return Object.keys(lock.packages).filter((folder) => {
    try {
      const manifest = readFileSync(path.join(__dirname, folder, "package.json"), "utf8");
      return folder !== "" && JSON.parse(manifest).type === "module";
    } catch {
      return false; // for another platform, so not installed
    }
  });
}

function swc(options) {
  return [
    "@swc/jest",
    {
      jsc: { target: "es2022", ...options },
      module: { type: "commonjs" },
    },
  ];
}

module.exports = {
  coverageProvider: "v8",
  reporters: ["default", "<rootDir>/test/support/closing-line-reporter.cjs"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  globalSetup: "<rootDir>/test/support/postgres-for-tests.ts",
  globalTeardown: "<rootDir>/test/support/postgres-for-tests-teardown.ts",
  testEnvironment: "node",
  // Half of the time goes by in waiting for programs. More than two and those would wait for each other.
  maxWorkers: 2,
  // How many tests of a file run at once if they ask for it (`test.concurrent`), because most of their time is waiting.
  maxConcurrency: 6,
  testSequencer: "<rootDir>/test/support/order.cjs",
  // Real programs start in the hooks, on machines that may be busy. A test that hangs still ends.
  testTimeout: 60_000,
  // Every test file loads the modules again, and not all of them let go of what they held. One process for
  // all files ran out of memory; a worker that has grown is replaced between two files.
  workerIdleMemoryLimit: "1GB",
  // The clean-up wraps what execa's signal handling keeps for the process once per test file, until the
  // stack overflows.
  testEnvironmentOptions: { globalsCleanup: "off" },
  // They export these entries to `import` only.
  moduleNameMapper: {
    "^unicorn-magic$": "<rootDir>/node_modules/npm-run-path/node_modules/unicorn-magic/node.js",
    "^@logto/shared/universal$": "<rootDir>/node_modules/@logto/shared/lib/universal.js",
  },
  transform: {
    "\\.(ts|js)$": swc({ parser: { syntax: "typescript" } }),
    "\\.tsx$": swc({
      parser: { syntax: "typescript", tsx: true },
      transform: { react: { runtime: "automatic", importSource: "preact" } },
    }),
  },
  transformIgnorePatterns: [
    `/node_modules/(?!(${packagesThatAreModules()
      .map((folder) => folder.replace(/^.*node_modules\//, ""))
      .join("|")})/)`,
  ],
};
