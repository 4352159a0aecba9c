import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseCircular, parseDependencyTree } from "dpdm";
import { temporaryFolder } from "./support/programs";

const folders = ["infra", "stacks", "policies", "sandbox", "standins", "tools", "test"];

/** The circles in which files below a folder import each other, be it only for a type. */
async function circlesIn(root: string, below: readonly string[]): Promise<string[][]> {
  const extensions = [".ts", ".tsx", ".cjs"];
  const tree = await parseDependencyTree(
    below.flatMap((folder) =>
      extensions.map((extension) => path.join(root, folder, `**/*${extension}`)),
    ),
    {
      context: root,
      extensions: ["", ...extensions],
      js: extensions,
      // Imports of a type count: without this they would be compiled away first.
      transform: false,
      exclude: /node_modules/,
    },
  );
  return parseCircular(tree);
}

test("no files import each other in a circle: what they share goes into a file of its own", async () => {
  expect(await circlesIn(path.join(__dirname, ".."), folders)).toEqual([]);
});

test("a circle is found, also one that is closed by a type alone", async () => {
  const root = temporaryFolder();
  mkdirSync(path.join(root, "tools"));
  const write = (name: string, text: string) => writeFileSync(path.join(root, "tools", name), text);
  write("one.ts", 'import { two } from "./two";\nexport type One = typeof two;\n');
  write("two.ts", 'import type { One } from "./one";\nexport const two = (one: One) => one;\n');
  const [circle = [], ...others] = await circlesIn(root, ["tools"]);
  expect(circle.sort()).toEqual(["tools/one.ts", "tools/two.ts"]);
  expect(others).toEqual([]);
});
