import * as pulumi from "@pulumi/pulumi";
import type { ManagementApi } from "../../../../infra/logto/management-api";
import {
  glanceAtHolder,
  holderOf,
  type Slot,
  warnAboutDisplacement,
} from "../../../../infra/logto/mechanism/slot";

const mailer = { id: "mailer", sends: "mail" };
const others = [{ id: "bells" }, mailer, { id: "phone", sends: "text" }];
const slot: Slot = {
  of: ({ sends }) => Promise.resolve(sends as string | undefined),
  heldBy: ({ sends }) => sends as string | undefined,
  nouns: { mail: "thing that sends mail" },
};
const api = {} as ManagementApi;
/** What is asked for the thing in a run of its own. */
const around = (all = () => Promise.resolve(others)) => ({
  api,
  label: "the thing",
  all: jest.fn(all),
  id: "new",
  foretold: new Set<string>(),
});

test("the holder of a slot is found, and what takes no slot asks for none", async () => {
  expect(await holderOf(slot, { sends: "mail" }, around())).toBe(mailer);
  expect(await holderOf(slot, { sends: "pigeons" }, around())).toBeUndefined();
  const asked = around();
  expect(await holderOf(slot, {}, asked)).toBeUndefined();
  expect(asked.all).not.toHaveBeenCalled();
});

test("a glance finds it once, and nothing if the server does not answer or the object exists", async () => {
  const once = around();
  expect(await glanceAtHolder(slot, { sends: "mail" }, once)).toBe(mailer);
  expect(await glanceAtHolder(slot, { sends: "mail" }, once)).toBeUndefined();
  expect(once.all).toHaveBeenCalledTimes(1);
  expect(await glanceAtHolder(slot, { sends: "mail" }, { ...once, label: "other" })).toBe(mailer);
  const silent = around(() => Promise.reject(new Error("no answer")));
  expect(await glanceAtHolder(slot, { sends: "mail" }, silent)).toBeUndefined();
  const exists = { ...around(), id: "phone" };
  expect(await glanceAtHolder(slot, { sends: "mail" }, exists)).toBeUndefined();
});

test("a glance asks no further where no slot is held", async () => {
  const of = jest.fn(slot.of);
  const empty = around(() => Promise.resolve([{ id: "bells" } as never]));
  expect(await glanceAtHolder({ ...slot, of }, { sends: "mail" }, empty)).toBeUndefined();
  expect(of).not.toHaveBeenCalled();
});

test("the same displacement is told once, another one again", async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  await warnAboutDisplacement(slot, "the thing", mailer, "the mailer");
  await warnAboutDisplacement(slot, "the thing", mailer, "the mailer");
  await warnAboutDisplacement(slot, "the other thing", mailer, "the mailer");
  expect(warn.mock.calls.map(([message]) => message)).toEqual(
    ["the thing", "the other thing"].map(
      (label) =>
        `Logto has one thing that sends mail: ${label} takes the place of the mailer, which somebody else set up; that one is put back when this one goes`,
    ),
  );
});
