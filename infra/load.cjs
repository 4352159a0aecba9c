// Registers the TypeScript hook and requires a module. It is plain JavaScript because it is the first
// thing that Pulumi's provider process, the tools and the sandbox run: none of them starts with ts-node.
// Types are not checked here, `npm run typecheck` does that.
const path = require("node:path");

require("ts-node").register({ cwd: path.dirname(__dirname), transpileOnly: true });

/**
 * The TypeScript module at `modulePath`, relative to the project's root. One that is not there stands in the
 * state of a resource that a newer version declared: nothing else asks for a name that is not in this code.
 */
module.exports = (modulePath) => {
  try {
    return require(path.join(path.dirname(__dirname), modulePath));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND" || error.requireStack?.[0] !== module.filename)
      throw error;
    const { userError } = require("./user-error");
    throw userError(
      `The state holds a resource of ${modulePath}, which this version of logto-stack does not know, so a newer one declared it: run the command again with that version. The resource is left as it is.`,
    );
  }
};
