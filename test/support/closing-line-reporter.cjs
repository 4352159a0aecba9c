/**
 * Ends a run of the tests with one line that says it all, `N passed, N failed`, and with CI=true fails
 * a run in which a test was skipped: there, what is not run is not known to work.
 *
 * A file that could not be run at all counts as one failure. Tests left out by `-t` are not skipped ones.
 */
module.exports = class ClosingLineReporter {
  constructor(globalConfig) {
    this.isSkippingRefused = process.env.CI === "true" && !globalConfig.testNamePattern;
  }

  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    if (this.isSkippingRefused && skipped > 0) {
      this.error = new Error(`${skipped} tests were skipped`);
      for (const name of namesOfSkipped(results)) {
        process.stdout.write(`skipped, which CI=true refuses: ${name}\n`);
      }
    }
    const parts = [`${results.numPassedTests} passed`, `${failed} failed`];
    if (skipped > 0) {
      parts.push(`${skipped} skipped`);
    }
    // Jest puts its own summary after every reporter's word, and the global teardown comes later still.
    process.once("exit", () => process.stdout.write(`${parts.join(", ")}\n`));
  }

  /** Jest ends with an exit code other than 0 where a reporter has one. */
  getLastError() {
    return this.error;
  }
};

function namesOfSkipped(results) {
  return results.testResults
    .flatMap((file) => file.testResults)
    .filter(({ status }) => status === "pending" || status === "todo")
    .map(({ fullName }) => fullName);
}
