import type { Tracked } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { evaluateProvider, failuresOf } from "../../support/provider";

const type = "logto:User";
const provider = evaluateProvider<object, object>(type);
const ada = { primaryEmail: "ada@bookstore.example" };

jest.setTimeout(60_000);

test.each<[what: string, inputs: object, failures: string[]]>([
  [
    "a user without an identifier",
    { name: "Ada" },
    ["primaryEmail: is missing: expected one of primaryEmail, username, primaryPhone"],
  ],
  [
    "identifiers that Logto does not take",
    { primaryEmail: "ada", username: "1st", primaryPhone: "+1 555 0100" },
    [
      "primaryEmail: expected an e-mail address of up to 128 characters",
      "username: expected up to 128 letters, digits and _, no digit first",
      "primaryPhone: expected digits alone, beginning with the code of the country",
    ],
  ],
  [
    "what Logto would drop or store as none",
    { ...ada, password: "", profile: { shoeSize: "38", address: { city: "Delft" } }, mfa: true },
    [
      "password: expected a password",
      "profile.address.city: is not an input",
      "profile.shoeSize: is not an input",
      "mfa: is not an input",
    ],
  ],
  [
    "an avatar that is no picture's address, and a role that comes twice",
    { ...ada, avatar: "nope", roleIds: ["a", "a"] },
    [
      "avatar: expected an http or https URL of up to 2048 characters",
      'roleIds[1]: "a" is listed twice',
    ],
  ],
])("%s is refused before a request", async (_, inputs, failures) => {
  expect((await failuresOf(provider, inputs)).sort()).toEqual([...failures].sort());
});

describe("in Logto", () => {
  let logto: LogtoForTests;
  beforeAll(async () => {
    logto = await startLogtoForTests();
  });
  afterAll(() => logto.stop());

  const isPassword = async ({ id }: Tracked, password: string) => {
    const path = `/api/users/${id}/password/verify`;
    const { status } = await logto.sandbox.request("POST", path, { password });
    return status === 204;
  };
  const remove = ({ id }: { id: string }) => logto.send("DELETE", `/api/users/${id}`);

  test("the password is set once: another one is neither sent nor a change", async () => {
    const made = await logto.up(type, { ...ada, password: "first" });
    const later = { ...ada, password: "second" };
    expect(await logto.hasChanges(type, later, made)).toBe(false);
    expect(await logto.writesDuring(() => logto.up(type, later, made))).toEqual([]);
    expect(await isPassword(made, "first")).toBe(true);
    await remove(made);
  });

  test("with updatePassword another one is set, by one request, and the same one is not", async () => {
    const made = await logto.up(type, { ...ada, password: "first" });
    const later = { ...ada, password: "second", updatePassword: true };
    let tracked: Tracked = made;
    const writes = await logto.writesDuring(async () => {
      tracked = await logto.up(type, later, made);
    });
    expect(writes).toEqual([`PATCH /api/users/${made.id}/password`]);
    expect(await isPassword(made, "second")).toBe(true);
    expect(await logto.refresh(type, tracked)).toEqual(tracked);
    expect(await logto.writesDuring(() => logto.up(type, later, tracked))).toEqual([]);
    await remove(made);
  });

  test("a user who is taken over by another case of the address keeps the password, and stays when the resource goes", async () => {
    const { id } = await logto.send("POST", "/api/users", {
      ...{ primaryEmail: "Ada@bookstore.example", password: "theirs", name: "Ada" },
    });
    const inputs = { ...ada, name: "Ada L.", password: "ours", adopt: "ifPresent" };
    const tracked = await logto.up(type, inputs);
    expect(tracked.id).toBe(id);
    expect(await isPassword(tracked, "theirs")).toBe(true);
    await logto.destroy(type, tracked);
    expect(await logto.get(`/api/users/${tracked.id}`)).toMatchObject({
      ...{ primaryEmail: "Ada@bookstore.example", name: "Ada" },
    });
    await remove(tracked);
  });

  test("a user whom this stack made stays as well, with a warning, unless deleteOnDestroy was declared before", async () => {
    const made = await logto.up(type, ada);
    const before = logto.warnings.length;
    expect(await logto.writesDuring(() => logto.destroy(type, made))).toEqual([]);
    expect(logto.warnings.slice(before).join()).toContain(
      `Left the user "ada@bookstore.example" (${made.id}) in Logto as it is`,
    );
    // A later up finds the user again and goes on.
    const again = await logto.up(type, { ...ada, deleteOnDestroy: true });
    expect(again.id).toBe(made.id);
    await logto.destroy(type, again);
    expect((await logto.sandbox.request("GET", `/api/users/${made.id}`)).status).toBe(404);
  });

  test("default roles are neither taken away nor in the way of a run that goes on", async () => {
    const roles = [];
    for (const name of ["everybody", "clerk"]) {
      const isDefault = name === "everybody";
      roles.push(await logto.send("POST", "/api/roles", { name, description: name, isDefault }));
    }
    const [everybody, clerk] = roles.map(({ id }) => id as string);
    const inputs = { ...ada, roleIds: [clerk], deleteOnDestroy: true };
    const { id } = await logto.up(type, inputs);
    const tracked = await logto.up(type, inputs);
    expect(tracked.id).toBe(id);
    const held = (await logto.get(`/api/users/${id}/roles?page=1`)) as unknown as { id: string }[];
    expect(held.map((role) => role.id).sort()).toEqual([everybody, clerk].sort());
    await logto.destroy(type, tracked);
    for (const role of [everybody, clerk]) await logto.send("DELETE", `/api/roles/${role ?? ""}`);
  });

  test("a drift check of 30 users among hundreds asks for these alone, in one request", async () => {
    await logto.sandbox.query(
      "insert into users (tenant_id, id, username) select 'default', 'theirs' || n, 'theirs' || n from generate_series(1, 300) n",
    );
    const all = Array.from({ length: 30 }, (_, index) => ({
      ...{ username: `ours_${index}`, deleteOnDestroy: true },
    }));
    const made = await logto.upAll(type, all);
    const before = (await logto.settledRequests()).length;
    expect(await logto.refreshAll(type, made)).toEqual(made);
    expect((await logto.settledRequests()).slice(before)).toEqual(["GET /api/users"]);
    await logto.destroyAll(type, made);
  });
});
