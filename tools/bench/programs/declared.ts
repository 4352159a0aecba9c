import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config("bench");

/** The same in all that a benchmark declares, and another in each round of updates. */
export const description = `Revision ${config.require("revision")}`;

/**
 * Declares as many applications as the benchmark asks for, or what stands in their place.
 *
 * They are of a type without secrets: those with some take one request more each, whoever asks.
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
