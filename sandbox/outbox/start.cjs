// Starts the outbox: `node sandbox/outbox/start.cjs CONFIG.json`. The settings lie in a file, and not in
// arguments, because they hold the API key and arguments show in the process list.
const load = require("../../infra/load.cjs");

load("sandbox/log.ts").logWhatLibrariesSay();
const { main } = load("sandbox/outbox/main.ts");
void main(process.argv[2]);
