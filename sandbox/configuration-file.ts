import { readFileSync } from "node:fs";
import type { z } from "zod";

/**
 * Reads the file that a program is started with. Its errors name the key and never the value: configurations
 * hold passwords and keys.
 *
 * @param program what the errors call it, and the script that starts it
 */
export function readConfigurationFile<Shape extends z.ZodTypeAny>(
  file: string | undefined,
  shape: Shape,
  program: { name: string; script: string },
): z.output<Shape> {
  if (file === undefined) {
    throw new Error(
      `The ${program.name} needs a configuration file: node ${program.script} CONFIG.json`,
    );
  }
  const parsed = shape.safeParse(parse(file));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`${file} is not a configuration of the ${program.name}: ${reasons.join("; ")}`);
  }
  return parsed.data as z.output<Shape>;
}

function parse(file: string): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Error(`${file} is not JSON`);
  }
}
