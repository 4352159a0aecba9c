// Plays sandbox/start.cjs: says that it is healthy at the endpoint of its configuration.
const { readFileSync } = require("node:fs");
const http = require("node:http");
const { URL } = require("node:url");

const { endpoint, databaseUrl } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const behaviour = new URL(databaseUrl).searchParams.get("behaviour");

if (behaviour === "crash") {
  console.error(`Error: cannot reach ${databaseUrl}`);
  process.exit(1);
}
if (behaviour === "stubborn") {
  process.on("SIGTERM", () => {});
}
http
  .createServer((request, response) => {
    const isStatus =
      request.url === "/api/status" && request.headers.host === new URL(endpoint).host;
    response.statusCode = isStatus && behaviour !== "sick" ? 204 : 500;
    response.end();
  })
  .listen(Number(new URL(endpoint).port), "127.0.0.1", () =>
    console.log('{"message":"listening"}'),
  );
