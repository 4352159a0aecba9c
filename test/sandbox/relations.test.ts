import { type Sandbox, startSandboxProcess } from "../support/sandbox";

/** What the recordings do not show of objects below others, and of those that are related. */
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
}, 60_000);
afterAll(() => sandbox.stop());

async function made(path: string, body: object): Promise<string> {
  const answer = await sandbox.request("POST", path, body);
  expect(answer.status).toBeLessThan(300);
  return (answer.body as { id: string }).id;
}

const api = (name: string) =>
  made("/api/resources", { name, indicator: `https://${name}.b.example` });

const role = (name: string, type: string, more = {}) =>
  made("/api/roles", { name, description: name, type, ...more });

test("two API resources can have a scope of the same name, and one of them cannot have two", async () => {
  const [one, other] = [await api("one"), await api("other")];
  await made(`/api/resources/${one}/scopes`, { name: "read" });
  const scope = await made(`/api/resources/${other}/scopes`, { name: "read" });
  const listed = await sandbox.request("GET", `/api/resources/${other}/scopes`);
  expect(listed.body).toMatchObject([{ id: scope, resourceId: other }]);
  const twice = await sandbox.request("POST", `/api/resources/${one}/scopes`, { name: "read" });
  expect(twice).toMatchObject({ status: 422, body: { code: "scope.name_exists" } });
  // Its own name is no rival.
  const path = `/api/resources/${other}/scopes/${scope}`;
  expect(await sandbox.request("PATCH", path, { name: "read" })).toMatchObject({ status: 200 });
});

test("the scopes of the built-in API resource are not changed", async () => {
  const path = "/api/resources/management-api/scopes/management-api-all";
  expect(await sandbox.request("PATCH", path, { name: "less" })).toMatchObject({
    status: 400,
    body: { code: "resource.cannot_modify_management_api" },
  });
});

test("a role that is made with scopes has them, each once", async () => {
  const resource = await api("shop");
  const scope = await made(`/api/resources/${resource}/scopes`, { name: "sell" });
  const id = await role("seller", "User", { scopeIds: [scope, scope] });
  const held = await sandbox.request("GET", `/api/roles/${id}/scopes`);
  expect(held.body).toMatchObject([{ id: scope, resource: { id: resource } }]);
});

test("a search among a role's scopes that makes no sense is the request's fault", async () => {
  const id = await role("searched", "User");
  expect(await sandbox.request("GET", `/api/roles/${id}/scopes?search.type=x`)).toMatchObject({
    status: 400,
    body: { code: "request.invalid_input" },
  });
});

test("an application gets all roles that are asked for or, if one is for users, none", async () => {
  const application = await made("/api/applications", { name: "m", type: "MachineToMachine" });
  const [machines, users] = [
    await role("machines", "MachineToMachine"),
    await role("people", "User"),
  ];
  const path = `/api/applications/${application}/roles`;
  expect(await sandbox.request("POST", path, { roleIds: [machines, users] })).toMatchObject({
    status: 422,
    body: { code: "application.invalid_role_type" },
  });
  expect((await sandbox.request("GET", path)).body).toEqual([]);
  await sandbox.request("POST", path, { roleIds: [machines] });
  expect((await sandbox.request("GET", path)).body).toMatchObject([{ id: machines }]);
  // It is among the holders that the list of roles shows.
  const listed = await sandbox.request("GET", "/api/roles?search=machines");
  expect(listed.body).toMatchObject([
    { id: machines, applicationsCount: 1, featuredApplications: [{ id: application }] },
  ]);
});
