import { resourceRule } from "../rule";
import { server } from "../types";

/** Checks that real users never meet the sandbox: its credentials and mail are not protected. */
export const sandboxStaysLocal = resourceRule({
  name: "sandbox-stays-local",
  description: "Checks that the sandbox and its database serve developers' own stacks only.",
  level: "mandatory",
  types: [server.sandbox, server.embeddedPostgres],
  *demands() {
    yield {
      property: "the resource",
      must: "not be there in this environment: set logto-stack:runtime to docker or external",
      isMet: () => false,
    };
  },
});
