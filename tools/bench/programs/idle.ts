import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config("bench");
const count = config.requireNumber("count");
const description = `Revision ${config.require("revision")}`;

/** With the same short text in the state as this project's, and nothing behind it. */
class Idle extends pulumi.CustomResource {
  constructor(name: string, props: pulumi.Inputs) {
    const __provider =
      'exports.handler=()=>require(process.cwd()+"/tools/bench/programs/idle-provider.cjs").provider';
    super("pulumi-nodejs:dynamic/bench:Idle", name, { ...props, __provider });
  }
}

for (let number = 1; number <= count; number += 1) {
  new Idle(`application-${number}`, {
    name: `Application ${number}`,
    type: "SPA",
    description,
    oidcClientMetadata: { redirectUris: [`https://${number}.bookstore.example/callback`] },
  });
}
