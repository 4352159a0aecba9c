import { application, type Change, problemsOf, setting } from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "no application",
    { without: ["logto-stack:application"] },
    "logto-stack:application: is missing: expected an object with name, description, type, redirectUris, postLogoutRedirectUris, corsAllowedOrigins, adoptId",
  ],
  [
    "an application that is text",
    setting("logto-stack:application", "Bookstore"),
    "logto-stack:application: expected an object with name, description, type, redirectUris, postLogoutRedirectUris, corsAllowedOrigins, adoptId",
  ],
  [
    "an application without a name",
    application({ name: "" }),
    "logto-stack:application.name: expected a name of 1 to 256 characters",
  ],
  [
    "a redirect URI that is no URL",
    application({ redirectUris: ["/callback"] }),
    "logto-stack:application.redirectUris[0]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "no redirect URI",
    application({ redirectUris: [] }),
    "logto-stack:application.redirectUris: expected at least one URL, such as http://localhost:3000/callback",
  ],
  [
    "redirect URIs that are text",
    application({ redirectUris: "http://localhost:3000/callback" }),
    "logto-stack:application.redirectUris: expected a list of URLs, such as http://localhost:3000/callback",
  ],
  [
    "a bad second post sign-out URI",
    application({ postLogoutRedirectUris: ["http://localhost:3000/", "home"] }),
    "logto-stack:application.postLogoutRedirectUris[1]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback",
  ],
  [
    "a sign-out URI with a fragment",
    application({ postLogoutRedirectUris: ["http://localhost:3000/#/bye"] }),
    "logto-stack:application.postLogoutRedirectUris[0]: expected a URL without a fragment (#…): with one Logto refuses every sign-in of the application",
  ],
  [
    "an origin with a slash at the end, which no browser sends",
    application({ corsAllowedOrigins: ["https://b.example/"] }),
    "logto-stack:application.corsAllowedOrigins[0]: expected an origin without a path, such as https://b.example",
  ],
  [
    "an unknown application type",
    application({ type: "Web" }),
    "logto-stack:application.type: expected one of Traditional, SPA, Native",
  ],
  [
    "an unknown key of the application",
    application({ redirectUri: "x" }),
    "logto-stack:application.redirectUri: unknown key: expected an object with name, description, type, redirectUris, postLogoutRedirectUris, corsAllowedOrigins, adoptId",
  ],
  [
    "an origin with a path",
    application({ corsAllowedOrigins: ["https://bookstore.example/x"] }),
    "logto-stack:application.corsAllowedOrigins[0]: expected an origin without a path, such as https://b.example",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test.each(["exp://192.168.3.137:8081", "servicestudiox11://auth", "app://cb"])(
  "a redirect URI is taken as Logto takes it: %s",
  (value) => expect(problemsOf(application({ redirectUris: [value] }))).toEqual([]),
);
