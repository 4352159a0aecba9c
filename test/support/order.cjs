const { readFileSync } = require("node:fs");
const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The order of the test files, of which two run at once.
 *
 * Chromium breaks off what it loads when a network of the machine comes or goes (ERR_NETWORK_CHANGED), and
 * with Docker they do all the time. So the files that use Docker run first and those that use a browser
 * later, with minutes of others in between; the one that uses both runs last. Within each part the longest
 * come first, as Jest has them.
 */
module.exports = class Order extends Sequencer {
  sort(tests) {
    return super
      .sort([...tests])
      .map((test) => ({ test, part: partOf(test.path) }))
      .sort((one, other) => one.part - other.part)
      .map(({ test }) => test);
  }
};

const parts = { docker: 0, engine: 1, browser: 2, others: 3, both: 4 };

function partOf(file) {
  const text = readFileSync(file, "utf8");
  const isOnDocker = /describeWithDocker/.test(text);
  const isInBrowser = /support\/browser"|\.\/sign-in-walk"/.test(text);
  if (isOnDocker) return isInBrowser ? parts.both : parts.docker;
  if (isInBrowser) return parts.browser;
  return file.includes("/test/engine/") ? parts.engine : parts.others;
}
