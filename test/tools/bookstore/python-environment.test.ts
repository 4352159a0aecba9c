import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  ensurePythonEnvironment,
  type PythonSearch,
} from "../../../tools/bookstore/python-environment";
import { temporaryFolder, writeProgram } from "../../support/programs";
import { describeWith } from "../../support/what-is-missing";

jest.setTimeout(60_000);

/** A search with the machine's Python, an empty cache and requirements that no index is needed for. */
function search(modules = ["json"], requirements = "# nothing\n") {
  const folder = temporaryFolder();
  const file = path.join(folder, "requirements.txt");
  writeFileSync(file, requirements);
  const said: string[] = [];
  const wanted = {
    env: { PATH: process.env["PATH"] } as NodeJS.ProcessEnv,
    cache: path.join(folder, "cache"),
    requirements: file,
    modules,
    say: (line: string) => said.push(line),
  } satisfies PythonSearch;
  return { wanted, said, kept: () => readdirSync(path.join(wanted.cache, "python")) };
}

/** A search in which python3 is a script. */
function searchWith(...lines: string[]) {
  const { wanted } = search();
  const bin = temporaryFolder();
  writeProgram(bin, "python3", ...lines);
  return { ...wanted, env: { PATH: bin } };
}

const answer = (version: string, venv: boolean) =>
  `echo '${JSON.stringify({ version, venv, id: version })}'`;

async function failureOf(failing: PythonSearch): Promise<string> {
  const error = await ensurePythonEnvironment(failing).then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  );
  // What the user reads is one line without a stack.
  expect(error?.stack).toBe(error?.message);
  expect(error?.message).not.toContain("\n");
  return error?.message ?? "";
}

describeWith(["python"], "a virtual environment", () => {
  // An environment's own pip: the Python that made it has one, too, which does not count.
  const { wanted, said, kept } = search(["pip"]);
  let python: string;

  test("is made once, also by two at once, and used again without a word", async () => {
    const [first, second] = await Promise.all([
      ensurePythonEnvironment(wanted),
      ensurePythonEnvironment(wanted),
    ]);
    python = first;
    expect(second).toBe(first);
    expect(said).toHaveLength(2);
    expect(await ensurePythonEnvironment(wanted)).toBe(first);
    expect(said).toHaveLength(2);
    expect(kept()).toHaveLength(1);
    expect(readdirSync(path.join(wanted.cache, "unfinished"))).toEqual([]);
  });

  test.each([
    ["that lost its interpreter", "bin"],
    ["that lost its packages", "lib"],
  ])("%s is made again in its place", async (_how, part) => {
    const before = said.length;
    rmSync(path.join(path.dirname(path.dirname(python)), part), { recursive: true });
    expect(await ensurePythonEnvironment(wanted)).toBe(python);
    expect(said).toHaveLength(before + 1);
    await ensurePythonEnvironment(wanted);
    expect(said).toHaveLength(before + 1);
  });

  test("is made for other requirements, next to the old one", async () => {
    writeFileSync(wanted.requirements, "# still nothing\n");
    expect(await ensurePythonEnvironment(wanted)).not.toBe(python);
    expect(kept()).toHaveLength(2);
  });

  test("an index that cannot be reached is said so, without the password in its address", async () => {
    const { wanted, kept } = search(["flask"], "flask==3.1.3\n");
    const env = {
      ...wanted.env,
      PIP_INDEX_URL: "http://user:canary4711@127.0.0.1:1/simple",
      PIP_RETRIES: "1",
    };
    const failure = await failureOf({ ...wanted, env });
    expect(failure).toMatch(
      /^pip cannot reach its package index, .*requirements\.txt .*PIP_INDEX_URL/,
    );
    expect(failure).not.toContain("canary4711");
    expect(kept).toThrow("ENOENT");
  });

  test("what pip refuses is said in pip's words", async () => {
    expect(await failureOf(search(["json"], "no requirement at all\n").wanted)).toMatch(
      /^pip could not install requirements\.txt: .+ Put that right, and run this again\.$/,
    );
  });
});

describe("a Python that will not do", () => {
  test("without python3 the error says what to install", async () => {
    const { wanted } = search();
    expect(await failureOf({ ...wanted, env: { PATH: temporaryFolder() } })).toBe(
      "There is no python3 on PATH: install Python 3.11 or later (https://www.python.org).",
    );
  });

  test("a python3 that is too old is named with its version", async () => {
    expect(await failureOf(searchWith(answer("3.10.14", true)))).toMatch(
      /^\/.+\/python3 is Python 3\.10\.14, which is too old: install Python 3\.11 or later\.$/,
    );
  });

  test("a python3 without venv names Debian's package", async () => {
    expect(await failureOf(searchWith(answer("3.13.1", false)))).toContain(
      "apt-get install python3-venv",
    );
  });

  test("a python3 that does not run is named with what it says", async () => {
    expect(await failureOf(searchWith("echo 'no version is set' >&2", "exit 127"))).toMatch(
      /python3 does not run: no version is set\. Install Python 3\.11 or later\.$/,
    );
  });
});
