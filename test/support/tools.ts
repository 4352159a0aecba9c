import type { Tools } from "../../tools/tools";

/** An engine that answers every command so, and remembers the commands. */
export function engineSaying(stdout: string, failure?: string) {
  return {
    pulumi: jest.fn<ReturnType<Tools["pulumi"]>, Parameters<Tools["pulumi"]>>(() =>
      Promise.resolve({ failed: failure !== undefined, output: failure ?? stdout, stdout }),
    ),
  };
}

/** What the user reads is one line without a stack. */
export async function failureOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  );
  expect(error?.stack).toBe(error?.message);
  return error?.message ?? "";
}
