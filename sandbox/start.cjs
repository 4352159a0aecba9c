// Starts the sandbox: `node sandbox/start.cjs CONFIG.json`. The settings lie in a file, and not in
// arguments, because the database's address holds its password and arguments show in the process list.
const load = require("../infra/load.cjs");

const { main } = load("sandbox/main.ts");
void main(process.argv[2]);
