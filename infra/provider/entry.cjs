// The package's entry "logto-stack/provider", which the text in a state calls with a resource's type. See
// providerText in dynamic-resource.ts: the path of this file may change, the entry's name may not.
const load = require("../load.cjs");

module.exports = (type) => load("infra/registry").providerOf(type);
