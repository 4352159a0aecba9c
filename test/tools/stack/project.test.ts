import { writeFileSync } from "node:fs";
import path from "node:path";
import { readStackFile, requireStackFile } from "../../../tools/stack/project";
import { temporaryFolder } from "../../support/programs";

test("a stack without a file is refused with the stacks that there are", () => {
  const project = temporaryFolder();
  for (const name of ["Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.dev.yaml", "notes.yaml"]) {
    writeFileSync(path.join(project, name), "");
  }
  expect(() => requireStackFile(project, "prod")).toThrow(
    "There is no stack prod: Pulumi.prod.yaml does not exist. The stacks are: dev, local.",
  );
  expect(() => requireStackFile(project, "acme/logto-stack/dev")).not.toThrow();
});

test("a stack's file that is not YAML is refused in one line that names it", () => {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.dev.yaml"), "config: [canary\n b");
  const read = () => readStackFile(project, "dev");
  expect(read).toThrow(/^Pulumi\.dev\.yaml is not valid YAML: .* at line 2.*\. Correct it\.$/);
  expect(read).not.toThrow(/canary/);
});

test("an empty stack's file has no settings", () => {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.dev.yaml"), "");
  expect(readStackFile(project, "dev")).toEqual({});
});
