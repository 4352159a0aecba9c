import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config("bench");

/** Equal for everything that a benchmark declares, and different in each round of updates. */
export const description = `Revision ${config.require("revision")}`;

/**
 * Declares as many applications as the benchmark asks for, or the resources that replace them.
 *
 * Their type has no secrets: applications with secrets take one more request each, with any client.
 */
export function declareEach(
  declare: (
    name: string,
    application: {
      name: string;
      type: "SPA";
      description: string;
      oidcClientMetadata: { redirectUris: string[] };
    },
  ) => void,
): void {
  const count = config.requireNumber("count");
  for (let number = 1; number <= count; number += 1) {
    declare(`application-${number}`, {
      name: `Application ${number}`,
      type: "SPA",
      description,
      oidcClientMetadata: { redirectUris: [`https://${number}.bookstore.example/callback`] },
    });
  }
}
