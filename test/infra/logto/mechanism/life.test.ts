import { kind as captchaKind } from "../../../../infra/logto/captcha-provider";
import { kind as fieldKind } from "../../../../infra/logto/custom-profile-field";
import { kind as phrasesKind } from "../../../../infra/logto/custom-phrases";
import { kind as templatesKind } from "../../../../infra/logto/email-templates";
import { kind as claimsKind } from "../../../../infra/logto/id-token-claims";
import { configuredApi } from "../../../../infra/logto/management-api";
import type { AnyKind } from "../../../../infra/logto/mechanism/kind";
import { objectsOf } from "../../../../infra/logto/mechanism/kind-objects";
import { kind as experienceKind } from "../../../../infra/logto/sign-in-experience";
import { type Exchange, startScriptedServer } from "../../../support/scripted-server";

/** The requests by which objects come to be, change and go, against a server that foresees each. */
jest.mock("../../../../infra/patience", () => ({
  patience: { timeLimit: 2_000, tries: 3, firstPause: 5, longestPause: 20, longestRetryAfter: 100 },
}));

async function objectsOn(kind: AnyKind, exchanges: Exchange[]) {
  const server = await startScriptedServer(exchanges);
  const settings: Record<string, string> = {
    "logto:endpoint": server.endpoint,
    "logto:clientSecret": "canarysecret",
  };
  const logto = configuredApi();
  const get = (key: string) => settings[key];
  logto.configure({ get, require: (key) => get(key) as string });
  return { server, objects: objectsOf(kind, logto) };
}

const languageTag = "es";
const translation = { action: { sign_in: "Entrar" } };
const phrases = { languageTag, translation };
const stored = { id: "of-the-row", ...phrases };
const place = "/api/custom-phrases/es";
const notFound = { status: 404, body: { code: "entity.not_found", message: "none" } };
const captcha = { config: { type: "Turnstile", siteKey: "site", secretKey: "canary" } };

test("what has a key is made with PUT there, and by the same request again if the answer was lost", async () => {
  const { server, objects } = await objectsOn(phrasesKind, [
    { method: "PUT", path: place, break: true },
    { method: "PUT", path: place, status: 201, body: stored },
  ]);
  expect(await objects.make(phrases)).toEqual({ ...phrases, id: languageTag });
  expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toEqual(translation);
  await server.close();
});

test("a create with PUT that may have been carried out leaves its key in the state, and one that was refused nothing", async () => {
  const broken: Exchange = { method: "PUT", path: place, break: true };
  const unknown = await objectsOn(phrasesKind, [broken, broken, broken]);
  await expect(unknown.objects.make(phrases)).rejects.toMatchObject({ resource: { id: "es" } });
  await unknown.server.close();
  const refused = await objectsOn(phrasesKind, [
    { method: "PUT", path: place, status: 422, body: { code: "localization.invalid" } },
  ]);
  await expect(refused.objects.make(phrases)).rejects.not.toHaveProperty("resource");
  await refused.server.close();
});

test("it is changed by a PUT of the whole, found by its key, and deleted there", async () => {
  const { server, objects } = await objectsOn(phrasesKind, [
    { method: "GET", path: place, body: stored },
    { method: "PUT", path: place, status: 201, body: stored },
    { method: "DELETE", path: place, status: 204 },
    {
      method: "GET",
      path: "/api/custom-phrases",
      body: [stored, { ...stored, languageTag: "fr" }],
    },
  ]);
  expect(await objects.get(languageTag, phrases)).toEqual({ ...phrases, id: languageTag });
  await objects.change("update", { ...phrases, id: languageTag }, phrases, {
    differing: ["translation"],
    body: phrases,
  });
  await objects.remove(languageTag, phrases);
  expect((await objects.alike(phrases)).map(({ id }) => id)).toEqual(["es"]);
  await server.close();
});

const field = { name: "genre", type: "Text", label: "Genre", required: false, config: {} };
const fieldRow = { id: "of-the-row", ...field, description: null, sieOrder: 1 };
const fields = "/api/custom-profile-fields";
const fieldOrder = `${fields}/properties/sie-order`;

test("what is made with POST and has a key is not sent what Logto takes with a request of its own", async () => {
  const { server, objects } = await objectsOn(fieldKind, [
    { method: "POST", path: fields, status: 201, body: fieldRow },
  ]);
  expect(await objects.make({ ...field, order: 4 })).toMatchObject({ id: "genre" });
  expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toEqual(field);
  await server.close();
});

test("a request of its own follows the others, goes alone if nothing else differs, and may answer with a list", async () => {
  const ordered = [
    { ...fieldRow, name: "other" },
    { ...fieldRow, sieOrder: 4 },
  ];
  const { server, objects } = await objectsOn(fieldKind, [
    { method: "PUT", path: `${fields}/genre`, body: { ...fieldRow, label: "New" } },
    { method: "POST", path: fieldOrder, body: ordered.map((one) => ({ ...one, label: "New" })) },
    { method: "POST", path: fieldOrder, body: ordered },
  ]);
  const live = { ...fieldRow, id: "genre" };
  const whole = { ...field, label: "New", sieOrder: 4 };
  const both = { differing: ["label", "sieOrder"], body: whole };
  expect(await objects.change("update", live, field, both)).toMatchObject(whole);
  expect(JSON.parse(server.requests.at(-2)?.body ?? "")).not.toHaveProperty("sieOrder");
  const alone = { differing: ["sieOrder"], body: { sieOrder: 4 } };
  expect(await objects.change("update", live, field, alone)).toMatchObject({ sieOrder: 4 });
  const order = [{ name: "genre", sieOrder: 4 }];
  expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toEqual({ order });
  await server.close();
});

test("a request of its own that is refused after another was carried out fails in part", async () => {
  const refused = {
    method: "POST",
    path: fieldOrder,
    status: 400,
    body: { code: "no", message: "" },
  };
  const { server, objects } = await objectsOn(fieldKind, [
    { method: "PUT", path: `${fields}/genre`, body: { ...fieldRow, label: "New" } },
    refused,
    refused,
  ]);
  const live = { ...fieldRow, id: "genre" };
  const both = { differing: [], body: { ...field, label: "New", sieOrder: 4 } };
  await expect(objects.change("update", live, field, both)).rejects.toHaveProperty("resource");
  const alone = { differing: [], body: { sieOrder: 4 } };
  await expect(objects.change("update", live, field, alone)).rejects.not.toHaveProperty("resource");
  await server.close();
});

test("what is there once or never is at the path itself, and an answer that there is none is no error", async () => {
  const path = "/api/captcha-provider";
  const { server, objects } = await objectsOn(captchaKind, [
    { method: "GET", path, ...notFound },
    { method: "PUT", path, body: { id: "of-the-row", ...captcha } },
    { method: "GET", path, body: { id: "of-the-row", ...captcha } },
    { method: "DELETE", path, status: 204 },
  ]);
  expect(await objects.alike(captcha)).toEqual([]);
  expect(await objects.make(captcha)).toMatchObject({ id: "default" });
  expect(await objects.get("default", captcha)).toMatchObject(captcha);
  await objects.remove("default", captcha);
  await server.close();
});

test("a group of rows is there if there is one, is made and changed by PUTs of its rows, and goes row by row", async () => {
  const path = "/api/email-templates";
  const row = (templateType: string, subject: string) => ({
    ...{ id: `of-${templateType}`, languageTag: "pt-BR", templateType },
    details: { subject, content: "{{code}}", contentType: "text/html" },
  });
  const entry = (templateType: string, subject: string) => ({
    templateType,
    ...row(templateType, subject).details,
  });
  const group = { languageTag: "pt-BR" };
  const query = "?languageTag=pt-BR";
  const { server, objects } = await objectsOn(templatesKind, [
    { method: "GET", path, body: [{ ...row("SignIn", "Code"), languageTag: "fr" }] },
    { method: "PUT", path, body: [row("SignIn", "Código"), row("Register", "Olá")] },
    { method: "GET", path: `${path}${query}`, body: [row("SignIn", "Código")] },
    { method: "PUT", path, body: [row("SignIn", "Novo")] },
    { method: "DELETE", path: `${path}${query}&templateType=SignIn`, body: { rowCount: 1 } },
    { method: "GET", path: `${path}${query}`, body: [] },
  ]);
  expect(await objects.alike(group)).toEqual([]);
  const live = await objects.make(group);
  expect(live).toEqual({ ...group, id: "pt-BR" });
  const [[, list] = []] = objects.lists;
  const parent = objects.parentOf(live.id, group);
  await list?.add(parent, [entry("SignIn", "Código"), entry("Register", "Olá")], jest.fn());
  const [held] = (await list?.all(parent)) ?? [];
  expect(held).toEqual({ id: "of-SignIn", ...entry("SignIn", "Código") });
  // A field that goes is left out: a PUT replaces all of the row.
  await list?.change(parent, held as never, { subject: "Novo", contentType: null });
  const { templates } = JSON.parse(server.requests.at(-1)?.body ?? "") as { templates: object[] };
  expect(templates).toEqual([
    { ...group, templateType: "SignIn", details: { subject: "Novo", content: "{{code}}" } },
  ]);
  await list?.remove(parent, held as never);
  expect(await objects.get("pt-BR", group)).toBeUndefined();
  await server.close();
});

test("what is always there and changed with PUT gets the whole, at the path itself, and cannot be missing", async () => {
  const path = "/api/configs/id-token";
  const held = { enabledExtendedClaims: ["roles"] };
  const wanted = { enabledExtendedClaims: ["identities"] };
  const { server, objects } = await objectsOn(claimsKind, [
    { method: "GET", path, body: held },
    { method: "PUT", path, body: wanted },
    { method: "GET", path, ...notFound },
  ]);
  const live = await objects.get("default", wanted);
  expect(live).toEqual({ ...held, id: "default" });
  const change = { differing: ["enabledExtendedClaims"], body: wanted };
  await objects.change("set", live as never, wanted, change);
  expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toEqual(wanted);
  await expect(objects.get("default", wanted)).rejects.toThrow("answered 404");
  await server.close();
});

test("what is always there cannot be missing", async () => {
  const { server, objects } = await objectsOn(experienceKind, [
    { method: "GET", path: "/api/sign-in-exp", ...notFound },
  ]);
  await expect(objects.get("default", {})).rejects.toThrow(
    /^Could not read the sign-in experience: GET .* answered 404/,
  );
  await server.close();
});
