// The program behind a stand-in plugin: `node standins/main.cjs random|postgresql|docker ENGINE-ADDRESS`,
// started by the engine through a script named pulumi-resource-NAME.
const { setInterval } = require("node:timers");
const load = require("../infra/load.cjs");

const names = ["random", "postgresql", "docker"];
const name = process.argv[2];
if (!names.includes(name)) {
  const known = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  console.error(`There is a stand-in for the plugins ${known}, none for "${name}".`);
  process.exit(2);
}

const { serve } = load("standins/service.ts");
const { plugin } = load(`standins/${name}.ts`);
// The engine reads the port from the first line of stdout. It is written as text: the console may colour numbers.
serve(plugin).then(
  ({ port }) => process.stdout.write(`${String(port)}\n`),
  (error) => {
    console.error(`The stand-in for the plugin ${name} did not start: ${error.message}`);
    process.exit(1);
  },
);

// The engine ends its plugins. If it was killed, this one would run for ever.
const engine = process.ppid;
setInterval(() => process.ppid === engine || process.exit(0), 1000).unref();
