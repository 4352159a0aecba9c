import { validateRedirectUrl } from "@logto/core-kit";
import fc from "fast-check";
import { Provider } from "oidc-provider";
import { isWebUri, redirectUriProblem } from "../../../infra/logto/oidc-client";

let metadata: object;
let provider: Provider;
beforeAll(() => {
  jest.spyOn(console, "warn").mockImplementation();
  provider = new Provider("http://localhost:3001", {
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    adapter: class {
      find() {
        return Promise.resolve({
          client_id: "application",
          token_endpoint_auth_method: "none",
          // Logto lifts the library's rules of what fits the type; of a native one there are fewer to lift.
          application_type: "native",
          ...metadata,
        });
      }
    } as never,
  });
});

/** Whether the library takes an application with this metadata, as Logto reads one at each sign-in. */
async function isTaken(changed: object): Promise<boolean> {
  metadata = changed;
  return provider.Client.find("application").then(
    () => true,
    () => false,
  );
}

const uri = fc.oneof(
  fc.constantFrom(
    ...["http://localhost:3000/#/bye", "app://cb#", "app:cb", "exp://192.168.3.137:8081"],
    ...["javascript:alert(1)", "vbscript:a", "data:,a", "blob:a", "file:///a", "about:blank"],
    ...["https://*.bookstore.example/cb", "https://b.example/*", "JavaScript:alert(1)"],
  ),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.string(),
);

/** Rules of the library that Logto lifts: http of another host, and https of this machine. */
function isLifted(value: string): boolean {
  const { protocol, hostname } = new URL(value);
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "http:" ? !isLoopback : protocol === "https:" && isLoopback;
}

test("no redirect URI passes that makes the library refuse the whole application", async () => {
  await fc.assert(
    fc.asyncProperty(uri, async (value) => {
      if (redirectUriProblem(value) !== undefined || isLifted(value)) return;
      const both = { redirect_uris: [value], post_logout_redirect_uris: [value] };
      expect({ value, isTaken: await isTaken(both) }).toEqual({ value, isTaken: true });
    }),
    { numRuns: 300 },
  );
});

test("what Logto takes and its library does not refuse passes, but for patterns that match nothing", async () => {
  await fc.assert(
    fc.asyncProperty(uri, async (value) => {
      if (value.includes("*")) return;
      const isOfLogto = validateRedirectUrl(value, "web") || validateRedirectUrl(value, "mobile");
      if (!isOfLogto || !(await isTaken({ redirect_uris: [value] }))) return;
      expect([value, redirectUriProblem(value)]).toEqual([value, undefined]);
    }),
    { numRuns: 300 },
  );
});

test.each(["https://b.example/l.svg", "http://b.example", "data:,a", "app://a", "b.example"])(
  "an address that Logto calls or shows is right where the library takes it: %s",
  async (value) => {
    const taken = await isTaken({
      redirect_uris: ["https://b.example/"],
      logo_uri: value,
      backchannel_logout_uri: value,
    });
    expect(isWebUri(value)).toBe(taken);
  },
);

test.each([
  ["https://*.bookstore.example/cb", true],
  ["https://pr-*.bookstore.example:8443/*/cb?a=b", true],
  ["http://localhost:3000/*", true],
  ["https://*.example/cb", false],
  ["https://bookstore.*/cb", false],
  ["https://*.bücher.example/cb", false],
  ["https://b.example/ü/*", false],
  ["app://cb/*", true],
  ["app:/cb/*", false],
  ["app://cb?a=*", false],
])("a pattern passes where Logto would match something with it: %s %s", (value, passes) => {
  expect(redirectUriProblem(value) === undefined).toBe(passes);
});
