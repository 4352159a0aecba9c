import type { ResourceValidationArgs } from "@pulumi/policy";
import { applicationNamesItsHosts } from "../../policies/application-names-its-hosts";

const compliant = {
  redirectUris: ["https://bookstore.example/callback", "https://bookstore.example/*"],
  postLogoutRedirectUris: ["https://bookstore.example/"],
};

async function violations(oidcClientMetadata: object, type = "logto:Application") {
  const messages: string[] = [];
  const args = {
    type: `pulumi-nodejs:dynamic/${type}`,
    name: "bookstore",
    props: { oidcClientMetadata },
  } as unknown as ResourceValidationArgs;
  const { validateResource } = applicationNamesItsHosts;
  if (typeof validateResource !== "function") throw new Error("expected one function");
  await validateResource(args, (message) => messages.push(message));
  return messages;
}

test("an application that names its hosts is compliant", async () => {
  expect(await violations(compliant)).toEqual([]);
});

test.each(["redirectUris", "postLogoutRedirectUris"] as const)(
  "a wildcard for a host in %s is a violation",
  async (property) => {
    const uris = { ...compliant, [property]: ["https://*.bookstore.example/callback"] };
    expect(await violations(uris)).toEqual([
      `The application "bookstore" must name the host of "https://*.bookstore.example/callback" in oidcClientMetadata.${property}, without a wildcard.`,
    ]);
  },
);

test("other resources are not its business", async () => {
  const uris = { ...compliant, redirectUris: ["https://*.bookstore.example/"] };
  expect(await violations(uris, "logto:Connector")).toEqual([]);
});
