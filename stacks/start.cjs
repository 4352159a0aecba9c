// The program, as Pulumi starts it: compiled by the hook that all processes of this project use. Pulumi would
// load ts-node for it, and each command would wait for that.
module.exports = require("../infra/load.cjs")("stacks/index");
