import { answer } from "../fields";
import { isPlaceholder } from "../placeholder";
import { z } from "zod";

const expectation = "a SendGrid API key, such as SG. and 66 more characters";

/** A SendGrid API key. White space around it, such as a line's end after it in a file, is left out. */
export const sendGridApiKey = z
  .string({ errorMap: answer(expectation) })
  .trim()
  .superRefine((key, context) => {
    const message = problemOf(key);
    if (message !== undefined) {
      context.addIssue({ code: "custom", message: `${message}: expected ${expectation}` });
    }
  });

function problemOf(key: string): string | undefined {
  if (key === "") return "is empty";
  if (/\s/.test(key)) return "holds white space";
  if (isPlaceholder(key)) return "is a placeholder";
  return key.length < 8 ? "is too short" : undefined;
}
