import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { propertyPath } from "../checks";
import { readDeclaredFile } from "../declared-file";
import { type Phrases, phrases } from "./custom-phrases";

const parsers = new Map<string, (text: string) => unknown>([
  [".json", (text) => JSON.parse(text) as unknown],
  [".yaml", (text) => parse(text) as unknown],
  [".yml", (text) => parse(text) as unknown],
]);

/**
 * The texts of the sign-in pages in a file of JSON or YAML, by their places, for {@link CustomPhrases}.
 *
 * @param file its path from the project's root, such as `stacks/phrases/fr.yaml`
 * @throws an error that ends the program and names the file and the places that are wrong, a line each
 */
export function phrasesIn(file: string): Phrases {
  const parser = parsers.get(path.extname(file));
  if (parser === undefined) {
    throw new pulumi.RunError(`${file}: expected the name to end in .json, .yaml or .yml`);
  }
  const text = readDeclaredFile(file, "a file with texts");
  const read = phrases.safeParse(parsed(file, text, parser));
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path: place, message }) => {
    const at = place.length === 0 ? "" : `${propertyPath(place)}: `;
    return `${file}: ${at}${message}`;
  });
  throw new pulumi.RunError([...new Set(problems)].join("\n"));
}

function parsed(file: string, text: string, parser: (text: string) => unknown): unknown {
  try {
    return parser(text);
  } catch (error) {
    const [line = ""] = (error as Error).message.split("\n", 1);
    throw new pulumi.RunError(`${file}: ${line.replace(/:$/, "")}`);
  }
}
