import { requireStored } from "../../../../infra/logto/mechanism/stored";

test("an answer that lacks what was sent is an error that names each place and no value", () => {
  const sent = { name: "audit", isNew: "canary", config: { url: "https://a.example", retries: 3 } };
  const stored = { id: "1", name: "audit", config: { url: "https://a.example" } };
  const refuse = () => requireStored('the webhook "audit"', sent, stored);
  expect(refuse).toThrow("did not store isNew, config.retries as declared");
  expect(refuse).not.toThrow("canary");
});

test("what Logto fills in besides, and stores as nothing, is no error", () => {
  const sent = { name: "audit", description: "", config: { url: "x" } };
  const stored = { id: "1", name: "audit", description: null, config: { url: "x" }, enabled: true };
  expect(() => requireStored('the webhook "audit"', sent, stored)).not.toThrow();
});

test("a kind that knows why something is not stored says so, next to what it does not know", () => {
  const sent = { targets: ["google", "github"], colour: "red", shape: "round" };
  const stored = { targets: ["github"], shape: "round" };
  const targets = (wanted: unknown, held: unknown) => `lacks ${JSON.stringify([wanted, held])}`;
  const refuse = () =>
    requireStored("the pages", sent, stored, { explanations: { targets, shape: targets } });
  expect(refuse).toThrow(
    /^targets: lacks \[\["google","github"\],\["github"\]\]; Logto answered that it took the pages, and did not store colour as declared/,
  );
});
