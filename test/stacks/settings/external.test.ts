import { read } from "../../support/settings";

test("an existing server may have a credential of any shape", () => {
  const change = {
    "logto-stack:runtime": "external",
    "logto:endpoint": "https://auth.bookstore.example/",
    "logto:clientSecret": "s3-cret_of-Logto's",
    "logto:clientId": "Abc_1",
  };
  expect(read({ config: change }).logto).toMatchObject({
    endpoint: "https://auth.bookstore.example",
    clientId: "Abc_1",
  });
});
