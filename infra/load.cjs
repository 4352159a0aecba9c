// Registers the TypeScript hook and requires a module. It is plain JavaScript because it is the first
// thing that Pulumi's provider process, the tools and the sandbox run: none of them starts with ts-node.
// Types are not checked here, `npm run typecheck` does that.
const path = require("node:path");

require("ts-node").register({ cwd: path.dirname(__dirname), transpileOnly: true });

/** The TypeScript module at `modulePath`, relative to the project's root. */
module.exports = (modulePath) => require(path.join(path.dirname(__dirname), modulePath));
