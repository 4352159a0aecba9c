import { writeFileSync } from "node:fs";
import path from "node:path";
import { ensureSecrets } from "../../../tools/stack/secrets";
import { temporaryFolder } from "../../support/programs";

/** A project whose stack file holds `lines`, and an engine that notes what it is asked. */
function clone(...lines: string[]) {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.dev.yaml"), ["config:", ...lines, ""].join("\n  "));
  const pulumi = jest.fn((args: string[], input?: string) =>
    Promise.resolve({ failed: false, output: [...args, input].join(" "), stdout: "" }),
  );
  const keysSet = () => pulumi.mock.calls.map(([args]) => args[3]);
  return { project, pulumi, keysSet };
}

test("if no one can be asked, one error lists every missing secret with its command", async () => {
  const { project, pulumi } = clone("logto-stack:runtime: external");
  const failure = ensureSecrets({ pulumi }, project, "dev", undefined);
  await expect(failure).rejects.toMatchObject({
    stack: expect.stringMatching(/^The stack dev lacks/) as string,
  });
  await expect(failure).rejects.toThrow(
    "npm run pulumi -- config set --secret logto:clientSecret --stack dev",
  );
  await expect(failure).rejects.toThrow(
    "npm run pulumi -- config set --secret logto-stack:sendgridApiKey --stack dev",
  );
  await expect(failure).rejects.toThrow("The stack dev lacks 2 secrets.");
  expect(pulumi).not.toHaveBeenCalled();
});

test("the embedded runtime's secrets are all made up, and go to the engine by stdin", async () => {
  const { project, pulumi, keysSet } = clone("logto-stack:runtime: embedded");
  const keys = ["logto:fingerprintKey", "logto:clientSecret", "logto-stack:sendgridApiKey"];
  expect(await ensureSecrets({ pulumi }, project, "dev", undefined)).toEqual(keys);
  expect(keysSet()).toEqual(keys);
  for (const [args, value] of pulumi.mock.calls) {
    expect(value).toMatch(/^[\w.-]{32,}$/);
    expect(args).toEqual([
      "config",
      "set",
      "--secret",
      args[3],
      "--stack",
      "dev",
      "--non-interactive",
    ]);
  }
  expect(new Set(pulumi.mock.calls.map(([, value]) => value)).size).toBe(3);
});

test("what cannot be made up is asked for, and only that", async () => {
  const { project, pulumi, keysSet } = clone("logto-stack:runtime: docker");
  const ask = jest.fn(() => Promise.resolve("SG.answer"));
  await ensureSecrets({ pulumi }, project, "dev", ask);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(keysSet()).toContain("logto-stack:sendgridApiKey");
  expect(pulumi.mock.lastCall?.[1]).toBe("SG.answer");
});

test("an administrator's password is made up where one is declared and there is a console, and nowhere else", async () => {
  const administrator = ["logto-stack:docker:", "  administrator:", "    username: admin"];
  const key = "logto-stack:administratorPassword";
  const answer = () => Promise.resolve("SG.answer");
  for (const [runtime, lines, isMadeUp] of [
    ["docker", administrator, true],
    ["docker", [], false],
    ["external", administrator, false],
  ] as const) {
    const { project, pulumi, keysSet } = clone(`logto-stack:runtime: ${runtime}`, ...lines);
    const generated = await ensureSecrets({ pulumi }, project, "dev", answer);
    expect([generated.includes(key), keysSet().includes(key)]).toEqual([isMadeUp, isMadeUp]);
  }
});

test("a secret that the file has is left alone", async () => {
  const { project, pulumi, keysSet } = clone(
    "logto-stack:runtime: embedded",
    "logto:clientSecret:",
    "  secure: v1:abc",
  );
  await ensureSecrets({ pulumi }, project, "dev", undefined);
  expect(keysSet()).toEqual(["logto:fingerprintKey", "logto-stack:sendgridApiKey"]);
});

test("a runtime that does not exist is left to the settings to refuse", async () => {
  const { project, pulumi } = clone("logto-stack:runtime: kubernetes");
  expect(await ensureSecrets({ pulumi }, project, "dev", undefined)).toEqual([]);
  expect(pulumi).not.toHaveBeenCalled();
});

test("a secret that the engine refuses is named without its value", async () => {
  const { project } = clone("logto-stack:runtime: embedded");
  const values: string[] = [];
  const pulumi = (_: string[], value = "") => {
    values.push(value);
    return Promise.resolve({ failed: true, output: "incorrect passphrase", stdout: "" });
  };
  const failure = ensureSecrets({ pulumi }, project, "dev", undefined);
  await expect(failure).rejects.toThrow(
    "The secret logto:fingerprintKey of the stack dev was not set: incorrect passphrase",
  );
  await expect(failure).rejects.not.toThrow(values[0]);
});
