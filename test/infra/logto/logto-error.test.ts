import { notFound, readable, readLogtoError } from "../../../infra/logto/logto-error";

describe("an error is told apart by its codes", () => {
  test.each([
    [
      "OAuth's, which Logto's repeats",
      { code: "oidc.invalid_target", message: "Invalid.", error: "invalid_target" },
      { code: "oidc.invalid_target", oauth: "invalid_target", text: "Invalid." },
    ],
    [
      "OAuth's alone, of a server in front of Logto",
      { error: "invalid_client", error_description: "who?" },
      { oauth: "invalid_client", text: "who?" },
    ],
    ["OAuth's in Logto's alone", { code: "oidc.invalid_scope" }, { oauth: "invalid_scope" }],
    [
      "Logto's",
      { code: "auth.forbidden", message: "No." },
      { code: "auth.forbidden", text: "No." },
    ],
  ])("%s", (_, body, expected) => {
    expect(readLogtoError(JSON.stringify(body))).toMatchObject(expected);
  });

  test.each(["<h1>Forbidden</h1>", "", "[]", "null", '{"reason": "no"}', '{"code": 17}'])(
    "what is not Logto's has none: %s",
    (body) => {
      expect(readLogtoError(body)).toEqual({ text: body, isForeign: true });
    },
  );

  test.each([
    ["entity.not_found", true],
    ["entity.not_exists", true],
    ["entity.not_exists_with_id", true],
    ["entity.relation_foreign_key_not_found", false],
    ["session.not_found", false],
    [undefined, false],
  ])("%s says that the object is gone: %s", (code, isGone) => {
    expect(notFound.safeParse({ code }).success).toBe(isGone);
  });
});

describe("a text is shown as one readable line", () => {
  test.each([
    [
      "of a page what is read",
      "<!DOCTYPE html><head><title>x</title></head><h1>502</h1>\n<p>Bad gateway",
      "502 Bad gateway",
    ],
    [
      "of a request's options why it failed",
      'Error occurred in connector: \n{"code":"ECONNREFUSED","timings":{"start":1}}',
      "Error occurred in connector: ECONNREFUSED",
    ],
    [
      "of nested JSON its message",
      'Failed: {"errors":[{"message":"access forbidden","field":null}]}',
      "Failed: access forbidden",
    ],
    ["of JSON that is cut nothing", 'Failed: {"options":{"headers":{"x":"y"', "Failed: …"],
    ["of JSON without a message nothing", 'Failed: {"options":{"a":{}}}', "Failed: …"],
    ["lines one after the other", "first\n  second", "first; second"],
    ["no escape sequence", "\u001b[31mred\u001b[0m\u0007", "red"],
    [
      "no bearer token",
      "sent Authorization: Bearer abc.def-123456",
      "sent Authorization: Bearer [secret]",
    ],
    ["no key of SendGrid's", "key SG.abcdefgh.ijklmnop1234", "key [secret]"],
    [
      "no password of an address",
      "at https://me:hunter22@proxy.example/",
      "at https://[secret]@proxy.example/",
    ],
    ["less-than signs of no page", "expected 1 < 2", "expected 1 < 2"],
  ])("%s", (_, raw, expected) => {
    expect(readable(raw)).toBe(expected);
  });

  test("a long one is cut, and a secret at the cut is gone before it", () => {
    const line = readable(`${"x".repeat(395)}canary-secret`, ["canary-secret"]);
    expect(line).toHaveLength(401);
    expect(line).not.toContain("cana");
  });
});
