// The pack, as Pulumi starts it: compiled by the hook that all processes of this project use. Pulumi always
// registers ts-node for a pack, which would check types each time and take longer than the preview. So it is
// disabled here, and `npm run typecheck` checks the types.
const fs = require("node:fs");

require.extensions[".ts"] = (module, file) => module._compile(fs.readFileSync(file, "utf8"), file);

module.exports = require("../infra/load.cjs")("policies/index");
