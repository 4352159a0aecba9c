import path from "node:path";
import { Worker } from "node:worker_threads";

/** The functions of `hash-wasm` that are used, and what they answer. */
interface Results {
  argon2i: string;
  argon2Verify: boolean;
  bcryptVerify: boolean;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: Error;
}

/** One for all passwords, so that many at the same time wait for each other and not the machine for them. */
let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (answer: Answer) => void>();

/** Does the work of `hash-wasm` in a thread of its own: others are answered meanwhile. */
export function inTheBackground<Name extends keyof Results>(
  algorithm: Name,
  options: object,
): Promise<Results[Name]> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, ({ result, error }) =>
      error ? reject(error) : resolve(result as Results[Name]),
    );
    worker ??= startWorker();
    worker.postMessage({ id, algorithm, options });
  });
}

function startWorker(): Worker {
  const started = new Worker(path.join(__dirname, "hashing.cjs"));
  started.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  started.on("error", (error) => {
    worker = undefined;
    for (const [id, done] of waiting) done({ id, error });
    waiting.clear();
  });
  // The thread need not keep the process alive: a request that waits for a hash has a connection open. Called last, as
  // adding a listener undoes it.
  started.unref();
  return started;
}
