import { z } from "zod";
import { filledIn, filledSoFar, withFilled } from "../../../../infra/logto/mechanism/filled";
import { byDeclaredName } from "../../../../infra/logto/mechanism/identity";
import { managementResource } from "../../../../infra/logto/mechanism/management-resource";
import { type Run, up } from "../../../support/engine";
import { type Exchange, startScriptedServer } from "../../../support/scripted-server";

const filled = { policy: { length: { max: 256 } } };
const live = { policy: { length: { min: 10, max: 256 } }, terms: "theirs" };
const nothing = { before: {}, declared: {}, original: {} };
const declared = { policy: { length: { min: 10 } } };

test("what Logto stored next to what was sent was filled in, and its other columns were not", () => {
  expect(filledIn(live, declared)).toEqual(filled);
});

test("it goes with the last that was declared next to it, and the column stays", () => {
  const { change, kept } = withFilled(live, filled, { ...nothing, before: declared });
  expect(change.before).toEqual({ policy: { length: { min: 10, max: 256 } } });
  expect(change.original).toEqual({ policy: {} });
  expect(kept).toEqual({});
});

test("it stays while something next to it is declared, and is nothing that was there before", () => {
  const wanted = { ...nothing, before: declared, declared: { policy: { length: { min: 12 } } } };
  const { bare, change, kept } = withFilled(live, filled, wanted);
  expect(kept).toEqual(filled);
  expect(change.before).toEqual(declared);
  expect(bare).toEqual({ policy: { length: { min: 10 } }, terms: "theirs" });
});

test("it is no longer Logto's once it is declared itself, or somebody has changed it", () => {
  const whole = { policy: { length: { min: 10, max: 64 } } };
  const { kept } = withFilled(live, filled, { ...nothing, before: declared, declared: whole });
  expect(kept).toEqual({});
  expect(filledSoFar({ filled }, declared, whole)).toEqual({});
  expect(filledSoFar({ filled }, declared, live)).toEqual(filled);
});

test("after a lost answer it is what neither was there nor was to be there", () => {
  const prior = { policy: { rejects: { words: ["theirs"] } } };
  const stored = { ...live, policy: { ...live.policy, rejects: { words: ["theirs"] } } };
  expect(filledSoFar({ filled: {}, prior }, declared, stored)).toEqual(filled);
});

/** A kind that Logto makes and completes. */
const { provider } = managementResource({
  type: "logto:Application",
  noun: "test application",
  title: "name",
  path: "api/applications",
  inputs: z.object({
    name: z.string(),
    type: z.enum(["SPA"]),
    customClientMetadata: z.object({ idTokenTtl: z.number().optional() }).optional(),
  }),
  identity: byDeclaredName("name"),
  replaceOn: ["type"],
  fillsIn: true,
  consequences: { deleted: "", replaced: "" },
});
const run = provider as unknown as Run;

test("in an object that this stack made, too, it goes with what is no longer declared", async () => {
  const application = { id: "one", name: "Shop", type: "SPA" };
  const completed = { ...application, customClientMetadata: { idTokenTtl: 60, rotate: true } };
  const exchanges: Exchange[] = [
    { method: "GET", path: "/api/applications?page=1&page_size=100", body: [] },
    { method: "POST", path: "/api/applications", status: 201, body: completed },
    { method: "GET", path: "/api/applications/one", body: completed },
    { method: "PATCH", path: "/api/applications/one", body: application },
  ];
  const server = await startScriptedServer(exchanges);
  const settings: Record<string, string> = {
    "logto:endpoint": server.endpoint,
    "logto:clientSecret": "canarysecret",
  };
  const get = (key: string) => settings[key];
  run.configure?.({ config: { get, require: (key) => get(key) as string } });
  const { id: _, ...inputs } = application;
  const tracked = await up(run, { ...inputs, customClientMetadata: { idTokenTtl: 60 } });
  expect(tracked.state["filled"]).toEqual({ customClientMetadata: { rotate: true } });
  await up(run, inputs, tracked);
  expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toEqual({ customClientMetadata: {} });
  await server.close();
});
