import * as pulumi from "@pulumi/pulumi";
import { parse, type Program } from "acorn";
import { z } from "zod";
import { answer } from "../fields";
import { readDeclaredFile } from "../declared-file";

/**
 * A script that Logto runs: JavaScript that defines a function of that name at its top. Logto takes any text; what does not
 * parse, or has no such function, fails in silence each time that it is to run.
 */
export function script(functionName: string) {
  const expectation = `JavaScript that defines the function ${functionName}`;
  return z.string({ errorMap: answer(expectation) }).superRefine((text, context) => {
    const problem = syntaxProblem(text) ?? missingFunction(text, functionName);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
}

/**
 * The script in a file of plain JavaScript, with the line breaks of Unix.
 *
 * @param file its path from the project's root, such as `stacks/scripts/access-token.js`
 * @throws an error that ends the program and names the file if there is none, or if it is not JavaScript
 */
export function scriptIn(file: string): string {
  const text = readDeclaredFile(file, "a file with a script");
  const problem = syntaxProblem(text);
  if (problem !== undefined) throw new pulumi.RunError(`${file}: ${problem}`);
  return text;
}

function syntaxProblem(text: string): string | undefined {
  try {
    parsed(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `expected JavaScript, not TypeScript and no module: ${error.message}`;
  }
}

function missingFunction(text: string, functionName: string): string | undefined {
  return namesAtTop(parsed(text)).includes(functionName)
    ? undefined
    : `expected it to define the function ${functionName}, which Logto calls`;
}

/** Logto runs scripts in a context of Node's module `vm`, where there are no modules and no `await` at the top. */
function parsed(text: string): Program {
  return parse(text, { ecmaVersion: "latest", sourceType: "script" });
}

/** The names that a program gives to something at its top. */
function namesAtTop({ body }: Program): string[] {
  return body.flatMap((statement) => {
    switch (statement.type) {
      case "FunctionDeclaration":
        return [statement.id.name];
      case "VariableDeclaration":
        return statement.declarations.flatMap(({ id }) =>
          id.type === "Identifier" ? id.name : [],
        );
      case "ExpressionStatement": {
        const { expression } = statement;
        return expression.type === "AssignmentExpression" && expression.left.type === "Identifier"
          ? [expression.left.name]
          : [];
      }
      default:
        return [];
    }
  });
}
