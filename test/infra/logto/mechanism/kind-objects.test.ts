import { kind as connectorKind } from "../../../../infra/logto/connector";
import { kind as roleKind, provider as roleProvider } from "../../../../infra/logto/role";
import { kind as webhookKind } from "../../../../infra/logto/webhook";
import { nothingRemembered } from "../../../../infra/logto/mechanism/kind";
import { objectsOf } from "../../../../infra/logto/mechanism/kind-objects";
import { configuredApi } from "../../../../infra/logto/management-api";
import { type Exchange, startScriptedServer } from "../../../support/scripted-server";

/** What a create sends whose answer was lost, against a server that foresees each request. */
jest.mock("../../../../infra/patience", () => ({
  patience: { timeLimit: 2_000, tries: 3, firstPause: 5, longestPause: 20, longestRetryAfter: 100 },
}));

async function settingsOf(exchanges: Exchange[]) {
  const server = await startScriptedServer(exchanges);
  const settings: Record<string, string> = {
    "logto:endpoint": server.endpoint,
    "logto:clientSecret": "canarysecret",
  };
  return { server, settings };
}

async function objectsOn(kind: typeof roleKind, exchanges: Exchange[]) {
  const { server, settings } = await settingsOf(exchanges);
  const logto = configuredApi();
  const get = (key: string) => settings[key];
  logto.configure({ get, require: (key) => get(key) as string });
  return { server, objects: objectsOf(kind, logto) };
}

const role = { name: "clerk", description: "Sells" };
const hook = { name: "audit", events: ["PostSignIn"], config: { url: "https://a.example/" } };
const list = (path: string, body: object[]): Exchange => ({
  ...{ method: "GET", path: `/api/${path}?page=1&page_size=100` },
  body,
});
const lost = (path: string): Exchange => ({ method: "POST", path: `/api/${path}`, break: true });

test("a create that was carried out after it had been looked for, and whose repetition is refused for that, is found", async () => {
  const { server, objects } = await objectsOn(roleKind, [
    lost("roles"),
    list("roles", []),
    {
      ...{ method: "POST", path: "/api/roles", status: 422 },
      body: { code: "role.name_in_use", message: "This role name clerk is already in use" },
    },
    list("roles", [{ id: "late", ...role }]),
  ]);
  expect(await objects.make(role)).toMatchObject({ id: "late" });
  await server.close();
});

test("of two that came of one create the second stays, and the first goes", async () => {
  const { server, objects } = await objectsOn(webhookKind, [
    lost("hooks"),
    list("hooks", []),
    { method: "POST", path: "/api/hooks", status: 201, body: { id: "second", ...hook } },
    list("hooks", [
      { id: "second", ...hook },
      { id: "first", ...hook },
      { id: "foreign", ...hook, config: { url: "https://b.example/" } },
    ]),
    { method: "DELETE", path: "/api/hooks/first", status: 204 },
  ]);
  expect(await objects.make(hook)).toMatchObject({ id: "second" });
  await server.close();
});

test("an answer without what was sent is a partial failure that remembers the object and names the field", async () => {
  const { server, objects } = await objectsOn(roleKind, [
    { method: "POST", path: "/api/roles", status: 200, body: { id: "made", ...role } },
  ]);
  await expect(objects.make({ ...role, isDefault: true })).rejects.toMatchObject({
    message: expect.stringContaining("did not store isDefault as declared") as string,
    resource: { id: "made" },
  });
  await server.close();
});

test("a secret of what is put back stays out of the error, if no declaration names it", async () => {
  const displaced = {
    id: "by-hand",
    connectorId: "simple-mail-transfer-protocol",
    config: { host: "mail.example", auth: { user: "books", pass: "canary-pass" } },
  };
  const body = { code: "connector.invalid_config", message: "wrong: canary-pass of mail.example" };
  const { server, objects } = await objectsOn(connectorKind, [
    { method: "POST", path: "/api/connectors", status: 400, body },
    { method: "PATCH", path: "/api/connectors/by-hand", status: 400, body },
  ]);
  const inputs = { factoryId: "simple-mail-transfer-protocol", connectorId: "own", config: {} };
  for (const work of [
    () => objects.putBack(displaced),
    () =>
      objects.change("put back", displaced, inputs, {
        differing: ["config"],
        body: { config: displaced.config },
      }),
  ]) {
    await expect(work()).rejects.toThrow("wrong: [secret] of mail.example");
  }
  await server.close();
});

test("an update that makes an object again and then fails remembers the new one", async () => {
  const { server, settings } = await settingsOf([
    {
      ...{ method: "GET", path: "/api/roles/gone", status: 404 },
      body: { code: "entity.not_exists_with_id" },
    },
    list("roles", []),
    { method: "POST", path: "/api/roles", status: 200, body: { id: "again", ...role } },
    list("roles/again/scopes", []),
    {
      ...{ method: "POST", path: "/api/roles/again/scopes", status: 422 },
      body: { code: "entity.relation_foreign_key_not_found" },
    },
  ]);
  const get = (key: string) => settings[key];
  roleProvider.configure?.({ config: { get, require: (key) => get(key) as string } });
  const wanted = { ...role, scopeIds: ["nowhere"] };
  const state = { ...nothingRemembered, ...role };
  const update = () => roleProvider.update("gone", state, wanted);
  await expect(update()).rejects.toMatchObject({ id: "gone", properties: { liveId: "again" } });
  await server.close();
});
