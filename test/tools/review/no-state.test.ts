import { existsSync } from "node:fs";
import { Project } from "../../support/project";

let project: Project;
beforeAll(async () => {
  project = await Project.copy();
});
afterAll(() => project.remove());

test("a review of a stack without a state says so, and writes nothing", async () => {
  const { code, output } = await project.npm("review");
  expect(output).toBe(
    "Stack local (the default)\nThe stack local has no state yet, so there is nothing to compare with: run npm run up -- local first.",
  );
  expect(code).toBe(2);
  expect(existsSync(project.path(".logto-stack"))).toBe(false);
});

test.each(["ünïcode", "a b"])(
  "a review of %j, which no stack can be named, writes nothing",
  async (name) => {
    const { code, output } = await project.npm("review", [name]);
    expect(output).toMatch(/^No stack can be named ".*": .*$/);
    expect(code).toBe(2);
    expect(existsSync(project.path(".logto-stack"))).toBe(false);
  },
);

test("a review of a stack whose back end is a folder that is not there does not make it", async () => {
  const env = { PULUMI_BACKEND_URL: "file://./elsewhere" };
  const { output } = await project.run("npm", ["run", "--silent", "review"], "", env);
  expect(output).toContain("The stack local has no state yet");
  expect(existsSync(project.path("elsewhere"))).toBe(false);
});
