// A thread that hashes: a password takes a good part of a second, in which the sandbox could answer no request.
const { parentPort } = require("node:worker_threads");
const hashing = require("hash-wasm");

parentPort.on("message", async ({ id, algorithm, options }) => {
  try {
    parentPort.postMessage({ id, result: await hashing[algorithm](options) });
  } catch (error) {
    parentPort.postMessage({ id, error });
  }
});
