// The pack, as Pulumi starts it: compiled by the hook that all processes of this project use. For a pack Pulumi
// always registers ts-node, which would check its types each time and take longer than the preview: it is taken
// out of the way, and `npm run typecheck` does that.
const fs = require("node:fs");

require.extensions[".ts"] = (module, file) => module._compile(fs.readFileSync(file, "utf8"), file);

module.exports = require("../infra/load.cjs")("policies/index");
