import { isPlaceholder } from "../../infra/placeholder";

test.each([
  "changeme",
  "please-change-me",
  "<your password>",
  "<KEY>\n",
  "‹your password›",
  "SG.<key>",
  "${SECRET}",
  "SG.${SENDGRID_API_KEY}",
  "{{secret}}",
  "##SECRET##",
  "[secret]",
  "REDACTED",
  "TODO",
  "your-api-key",
  "xxxxxxxx",
  "",
])("%j stands for a secret", (value) => {
  expect(isPlaceholder(value)).toBe(true);
});

test.each([
  ["a generated password with braces and brackets", "q{7Z<w]2>vR}9k#T[4m"],
  ["a generated password that begins with a bracket", "[q7Zw2vR9kT4m!]x"],
  ["a generated password that ends with one", "q7Zw2vR9kT<4m>"],
  ["a secret JSON file", '{ "type": "service_account", "private_key_id": "q7Zw2vR9kT4m" }\n'],
  ["a secret JSON list", '["q7Zw2vR9kT4m", "p8Yw3xS0lU5n"]'],
  ["a secret XML file", "<settings><password>q7Zw2vR9kT4m</password></settings>\n"],
  ["a secret file that begins with a comment", "## Of production\npassword=q7Zw2vR9kT4m\n"],
])("%s stands for none", (_, value) => {
  expect(isPlaceholder(value)).toBe(false);
});
