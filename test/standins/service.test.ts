import { execFile } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { serverUrl } from "../support/database";

const secret = "4dabf18193072939515e22adb298388d";
const passwordUrn = "urn:pulumi:t::p::random:index/randomPassword:RandomPassword::password";
const roleUrn = "urn:pulumi:t::p::parent:type$postgresql:index/role:Role::role";

test("a program started as the engine starts it makes a password and marks its secrets", async () => {
  await withPlugin("random", async (client) => {
    const request = new messages.CheckRequest();
    request.setUrn(passwordUrn);
    request.setNews(struct({ length: 9 }));
    const checked = await call<messages.CheckResponse>((done) => client.check(request, done));
    const creation = new messages.CreateRequest();
    creation.setUrn(passwordUrn);
    creation.setProperties(checked.getInputs());
    const created = await call<messages.CreateResponse>((done) => client.create(creation, done));
    expect(created.getProperties()?.toJavaScript()).toMatchObject({
      length: 9,
      special: true,
      result: { [secret]: "1b47061264138c4ac30d75fd1eb44270" },
      bcryptHash: { [secret]: "1b47061264138c4ac30d75fd1eb44270" },
    });
  });
});

test("a resource that the stand-in does not know is refused in one line", async () => {
  await withPlugin("random", async (client) => {
    const request = new messages.CheckRequest();
    request.setUrn("urn:pulumi:t::p::random:index/randomPet:RandomPet::pet");
    await expect(
      call<messages.CheckResponse>((done) => client.check(request, done)),
    ).rejects.toMatchObject({
      details:
        "the stand-in for the plugin random knows only RandomPassword, not random:index/randomPet:RandomPet: install the vendor's plugin to use it",
    });
  });
});

test("a plugin acts on the server that the engine configures, and a gone resource has an empty id", async () => {
  await withPlugin("postgresql", async (client) => {
    await configure(client);
    const read = (id: string) => {
      const request = new messages.ReadRequest();
      request.setUrn(roleUrn);
      request.setId(id);
      return call<messages.ReadResponse>((done) => client.read(request, done));
    };
    const found = await read("postgres");
    expect(found.getId()).toBe("postgres");
    expect(found.getInputs()?.toJavaScript()).toMatchObject({
      superuser: true,
      password: { [secret]: "1b47061264138c4ac30d75fd1eb44270" },
    });
    expect((await read("nobody")).getId()).toBe("");
  });
});

test("a refused secret is named where the engine does not print its value", async () => {
  await withPlugin("postgresql", async (client) => {
    const request = new messages.CheckRequest();
    request.setUrn(roleUrn);
    request.setNews(struct({ passwordWo: "canary" }));
    const checked = await call<messages.CheckResponse>((done) => client.check(request, done));
    const failures = checked.getFailuresList().map((failure) => failure.toObject());
    expect(failures).toMatchObject([{ property: "" }]);
    expect(failures[0]?.reason).toMatch(/^passwordWo: the stand-in .* does not know this input/);
    expect(failures[0]?.reason).not.toContain("canary");
  });
});

test("an option of the provider that the stand-in does not know is refused by name", async () => {
  await withPlugin("postgresql", async (client) => {
    const request = new messages.CheckRequest();
    request.setNews(struct({ host: "localhost", awsRdsIamAuth: "true" }));
    const checked = await call<messages.CheckResponse>((done) => client.checkConfig(request, done));
    const reasons = checked.getFailuresList().map((failure) => failure.getReason());
    expect(reasons).toEqual([expect.stringMatching(/^awsRdsIamAuth: /)]);
  });
});

test("a change that only making can bring about deletes the old first, for both have one name", async () => {
  await withPlugin("postgresql", async (client) => {
    const request = new messages.DiffRequest();
    request.setUrn("urn:pulumi:t::p::postgresql:index/database:Database::database");
    request.setOlds(struct({ name: "n", encoding: "UTF8", connectionLimit: 1 }));
    request.setNews(struct({ name: "n", encoding: "SQL_ASCII", connectionLimit: 2 }));
    const answer = await call<messages.DiffResponse>((done) => client.diff(request, done));
    expect(answer.getReplacesList()).toEqual(["encoding"]);
    expect(answer.getDiffsList()).toEqual(["connectionLimit", "encoding"]);
    expect(answer.getDeletebeforereplace()).toBe(true);
  });
});

test("there is no stand-in for another plugin", async () => {
  const { stderr, code } = await new Promise<{ stderr: string; code: unknown }>((resolve) =>
    execFile(process.execPath, [program, "aws"], (error, _stdout, text) =>
      resolve({ stderr: text, code: error?.code }),
    ),
  );
  expect(code).toBe(2);
  expect(stderr).toBe(
    'There is a stand-in for the plugins random, postgresql and docker, none for "aws".\n',
  );
});

const program = path.join(__dirname, "main.cjs");

async function withPlugin(
  name: string,
  work: (client: ResourceProviderClient) => Promise<void>,
): Promise<void> {
  const child = execFile(process.execPath, [program, name, "127.0.0.1:1"]);
  try {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const port = await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      child.once("exit", (code) => reject(new Error(`The plugin ended with ${String(code)}.`)));
    });
    expect(port).toMatch(/^\d+$/);
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    await work(client);
    client.close();
  } finally {
    child.kill();
  }
}

async function configure(client: ResourceProviderClient): Promise<void> {
  const { hostname, port, username, password } = new URL(serverUrl());
  const request = new messages.ConfigureRequest();
  const options = { host: hostname, port, username, password, sslmode: "disable" };
  for (const [option, value] of Object.entries(options)) {
    request.getVariablesMap().set(`postgresql:config:${option}`, value);
  }
  await call<messages.ConfigureResponse>((done) => client.configure(request, done));
}

function call<Response>(
  start: (done: (error: Error | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error ? reject(error) : resolve(response)));
  });
}

function struct(values: Record<string, JavaScriptValue>): Struct {
  return Struct.fromJavaScript(values);
}
