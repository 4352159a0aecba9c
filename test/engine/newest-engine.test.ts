import { cacheDirectory } from "../../tools/engine/cache";
import { type Engine, newestEngine } from "../../tools/engine/engine";
import { newestVersion } from "../../tools/engine/build";
import { say } from "../../tools/engine/tools";
import { vendorProbe } from "../../tools/engine/vendor";
import { Project } from "../support/project";
import { askForToken, send } from "../support/sandbox";

/**
 * The stack `local` on the newest engine, where the other tests run on the oldest one that passes. Without the
 * policies: the language host that starts them for newer engines is not to be had as a Go module.
 */
// The engine is built, once, in four minutes on two processors that do nothing else.
jest.setTimeout(1_500_000);

let engine: Engine;
let project: Project;
let endpoint: string;
let clientSecret = "canaryClientSecret4711newest";

beforeAll(async () => {
  engine = await newestEngine({
    env: process.env,
    cache: cacheDirectory(process.env),
    isVendorReachable: vendorProbe(),
    say,
  });
  project = await Project.copy();
  endpoint = await project.useFreePorts();
  project.variables["PATH"] = `${engine.bin}:${process.env["PATH"] ?? ""}`;
});
afterAll(async () => {
  await project.pulumi("destroy", "--yes", "--stack", "local");
  project.remove();
});

/** The part of the output that the update wrote, after its preview. */
const resources = (output: string) =>
  [...output.matchAll(/Resources:\n([\s\S]*?)\n\n/g)].at(-1)?.[1]?.trim() ?? output;
const application = async (method: string, body?: object) => {
  const { body: token } = await askForToken(endpoint, { clientId: "infrastructure", clientSecret });
  const { access_token: bearer } = token as { access_token: string };
  const path = `/api/applications/${await project.output("appId")}`;
  const answer = await send(`${endpoint}${path}`, method, body, {
    authorization: `Bearer ${bearer}`,
  });
  return answer.body as { description: string; type: string };
};
const drift = () => project.run("npm", ["run", "--silent", "review", "--", "local", "--drift"]);

test("the engine on PATH is taken, whatever its version, and said; the first up makes everything", async () => {
  await project.pulumi("stack", "init", "local", "--no-select");
  await project.setSecrets("local", { "logto:clientSecret": clientSecret });
  const { code, output } = await project.npm("up");
  expect(output).toContain(`Pulumi engine ${newestVersion}: on PATH`);
  expect(resources(output)).toBe("+ 14 created");
  expect(code).toBe(0);
});

test("a second up changes nothing, with a refresh as well, and shows no difference that is none", async () => {
  expect(resources((await project.npm("up")).output)).toBe("14 unchanged");
  const { code, output } = await project.npm("up", ["local", "--refresh"]);
  expect(resources(output)).toBe("14 unchanged");
  expect(output).not.toMatch(/refreshing.*\[diff/);
  expect(code).toBe(0);
  expect((await drift()).code).toBe(0);
});

test("a rotated credential is no obstacle to a refresh before the up that hands it on, and is used after it", async () => {
  clientSecret = "canaryClientSecret4711rotated";
  await project.setSecrets("local", { "logto:clientSecret": clientSecret });
  expect(await project.preview("--refresh")).toEqual(["update management-access"]);
  expect((await project.npm("up", ["local", "--refresh"])).code).toBe(0);
  expect((await application("GET")).description).toBe("Sells books");
  expect((await drift()).code).toBe(0);
});

test("what somebody changed is found by refresh and repaired by up", async () => {
  await application("PATCH", { description: "Sells other people's books" });
  expect((await drift()).code).toBe(1);
  expect(await project.preview("--refresh")).toEqual(["update bookstore"]);
  expect((await project.pulumi("refresh", "--yes", "--stack", "local")).code).toBe(0);
  expect((await project.npm("up")).code).toBe(0);
  expect((await application("GET")).description).toBe("Sells books");
});

test("a replacement is previewed with a refresh, and carried out", async () => {
  const appId = await project.output("appId");
  project.edit(
    "Pulumi.local.yaml",
    "    name: Bookstore\n",
    "    name: Bookstore\n    type: SPA\n",
  );
  expect(await project.preview("--refresh")).toContain("replace bookstore");
  expect((await project.npm("up", ["local", "--refresh"])).code).toBe(0);
  expect(await project.output("appId")).not.toBe(appId);
  expect((await application("GET")).type).toBe("SPA");
});

test("policies are judged by a language host that comes with the engine, and another is refused in one line", async () => {
  const isWhole = engine.origin !== "built from Go modules";
  for (const [name = "", ...args] of [
    ["review", "local"],
    ["up", "local", "--policy-pack", "policies"],
  ]) {
    const { code, output } = await project.npm(name, args);
    if (isWhole) {
      expect(code).toBe(0);
    } else {
      expect(output).toMatch(
        /^The engine [\d.]+ \(.*\) cannot run the policies: .* take this engine off PATH/m,
      );
      expect(output).not.toMatch(/\n\s+at /);
      expect(code).not.toBe(0);
    }
  }
});

test("destroy removes everything", async () => {
  const { code, output } = await project.pulumi("destroy", "--yes", "--stack", "local");
  expect(output).toContain("- 14 deleted");
  expect(code).toBe(0);
});
