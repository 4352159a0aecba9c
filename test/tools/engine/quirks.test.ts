import { readFileSync } from "node:fs";
import path from "node:path";
import { quirks } from "../../../tools/engine/quirks";

test("the docs say of each version what it does otherwise, and what is done about it", () => {
  const file = path.join(__dirname, "../../../docs/compatibility.md");
  const [, section = ""] = readFileSync(file, "utf8").split(/^## What versions of the engine/m);
  const rows = (section.split(/^## /m)[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows.slice(2).map((cells) => cells.slice(1, -1))).toEqual(
    Object.values(quirks).map(({ versions, what, remedy }) => [
      versions === "*" ? "all" : versions,
      what,
      remedy,
    ]),
  );
});
