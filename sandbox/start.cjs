// Starts the sandbox: `node sandbox/start.cjs CONFIG.json`. The settings lie in a file, and not in
// arguments, because the database's address holds its password and arguments show in the process list.
const load = require("../infra/load.cjs");

// Some libraries warn as soon as they are loaded.
load("sandbox/log.ts").logWhatLibrariesSay();
const { main } = load("sandbox/main.ts");
void main(process.argv[2]);
