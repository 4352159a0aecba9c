import { execFile } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { serverUrl } from "../support/database";
import { InitializationError } from "../../standins/plugin";
import { serve } from "../../standins/service";

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
      minLower: 0,
      result: { [secret]: "1b47061264138c4ac30d75fd1eb44270" },
      bcryptHash: { [secret]: "1b47061264138c4ac30d75fd1eb44270" },
    });
  });
});

test("a program started as the engine starts it tells its port in plain digits, whatever the environment asks of colours", async () => {
  const env = { ...process.env, FORCE_COLOR: "3", CLICOLOR_FORCE: "1" };
  await withPlugin("random", () => Promise.resolve(), env);
});

test("a resource that the stand-in does not know is refused in one line", async () => {
  await withPlugin("random", async (client) => {
    const request = new messages.CheckRequest();
    request.setUrn("urn:pulumi:t::p::random:index/randomPet:RandomPet::pet");
    await expect(
      call<messages.CheckResponse>((done) => client.check(request, done)),
    ).rejects.toMatchObject({
      details:
        "the stand-in for the plugin random knows only RandomId and RandomInteger and RandomPassword and RandomString, not random:index/randomPet:RandomPet: install the vendor's plugin to use it",
    });
  });
});

test("the schema says of each input whether a change of it replaces the resource", async () => {
  await withPlugin("random", async (client) => {
    const request = new messages.GetSchemaRequest();
    const answer = await call<messages.GetSchemaResponse>((done) =>
      client.getSchema(request, done),
    );
    const { name, resources } = JSON.parse(answer.getSchema()) as {
      name: string;
      resources: Record<string, { inputProperties: Record<string, object> }>;
    };
    expect(name).toBe("random");
    const { inputProperties } = resources["random:index/randomPassword:RandomPassword"] ?? {};
    expect(inputProperties?.["length"]).toEqual({
      $ref: "pulumi.json#/Any",
      willReplaceOnChanges: true,
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

test("a failure names its input if the engine does not print the value, which may be secret", async () => {
  await withPlugin("postgresql", async (client) => {
    const request = new messages.CheckRequest();
    request.setUrn(roleUrn);
    request.setNews(struct({ password: "canary", passwordWo: "canary" }));
    const checked = await call<messages.CheckResponse>((done) => client.check(request, done));
    const failures = checked.getFailuresList().map((failure) => failure.toObject());
    expect(failures).toEqual([
      { property: "", reason: "password: cannot be given together with passwordWo" },
      { property: "", reason: "passwordWo: cannot be given together with password" },
    ]);
  });
});

test("what Check and Diff know and the stand-in cannot make is refused when it is made", async () => {
  await withPlugin("docker", async (client) => {
    const request = new messages.CreateRequest();
    request.setUrn("urn:pulumi:t::p::docker:index/container:Container::container");
    request.setProperties(
      struct({
        image: "i",
        gpus: "all",
        healthcheck: { startInterval: "0s" },
        networksAdvanced: [{ name: "n", macAddress: "m" }],
      }),
    );
    await expect(
      call<messages.CreateResponse>((done) => client.create(request, done)),
    ).rejects.toMatchObject({
      details:
        "gpus, networksAdvanced.macAddress: the stand-in for the plugin docker does not know this input: leave it out, or install the vendor's plugin",
    });
  });
});

test("an option of the provider that the stand-in does not know is refused by name", async () => {
  await withPlugin("postgresql", async (client) => {
    const request = new messages.CheckRequest();
    request.setNews(struct({ host: "localhost", nonesuch: "true" }));
    const checked = await call<messages.CheckResponse>((done) => client.checkConfig(request, done));
    const reasons = checked.getFailuresList().map((failure) => failure.getReason());
    expect(reasons).toEqual(["nonesuch: there is no such input"]);
    const configuration = new messages.ConfigureRequest();
    configuration.getVariablesMap().set("postgresql:config:awsRdsIamAuth", "true");
    await expect(
      call<messages.ConfigureResponse>((done) => client.configure(configuration, done)),
    ).rejects.toMatchObject({ details: expect.stringMatching(/^awsRdsIamAuth: /) as string });
  });
});

test("a change that only making can bring about deletes the old first, for both have one name", async () => {
  await withPlugin("postgresql", async (client) => {
    const request = new messages.DiffRequest();
    request.setUrn("urn:pulumi:t::p::postgresql:index/database:Database::database");
    const rest = { allowConnections: true, alterObjectOwnership: false };
    request.setOlds(struct({ name: "n", encoding: "UTF8", connectionLimit: 1, ...rest }));
    const wanted = { name: "n", encoding: "SQL_ASCII", connectionLimit: 2 };
    const ask = (defaults: string[]) => {
      request.setNews(struct({ ...wanted, __defaults: defaults }));
      return call<messages.DiffResponse>((done) => client.diff(request, done));
    };
    const answer = await ask(["allowConnections"]);
    expect(answer.getReplacesList()).toEqual(["encoding"]);
    expect(answer.getDiffsList()).toEqual(["connectionLimit", "encoding"]);
    expect(answer.getDeletebeforereplace()).toBe(true);
    // A name that was made up can be another one.
    expect((await ask(["name"])).getDeletebeforereplace()).toBe(false);
  });
});

test("what was made and is not as it should be goes into the state, its secrets marked", async () => {
  const type = "half:index/thing:Thing";
  const fail = () => {
    throw new InitializationError("it is not well", "the-id", { name: "n", password: "canary" });
  };
  const thing = {
    inputs: {},
    secrets: ["password"],
    create: fail,
    read: fail,
    update: fail,
    delete: fail,
  };
  const plugin = { name: "half", version: "1.0.0", options: {}, configure: () => undefined };
  const { port, stop } = await serve({ ...plugin, resources: { [type]: thing } });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    const request = new messages.CreateRequest();
    request.setUrn(`urn:pulumi:t::p::${type}::thing`);
    const error = await call<messages.CreateResponse>((done) => client.create(request, done)).then(
      () => undefined,
      (reason: unknown) => reason as ServiceError,
    );
    expect(error?.details).toBe("it is not well");
    const [status] = error?.metadata.get("grpc-status-details-bin") ?? [];
    const [packed] = Status.deserializeBinary(status as Buffer).getDetailsList();
    const detail = messages.ErrorResourceInitFailed.deserializeBinary(
      packed?.getValue_asU8() ?? new Uint8Array(),
    );
    expect(packed?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
    expect(detail.getId()).toBe("the-id");
    expect(detail.getReasonsList()).toEqual(["it is not well"]);
    expect(detail.getProperties()?.toJavaScript()).toEqual({
      name: "n",
      password: { [secret]: "1b47061264138c4ac30d75fd1eb44270", value: "canary" },
    });
  } finally {
    client.close();
    stop();
  }
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

const program = path.resolve("standins/main.cjs");

async function withPlugin(
  name: string,
  work: (client: ResourceProviderClient) => Promise<void>,
  env = process.env,
): Promise<void> {
  const child = execFile(process.execPath, [program, name, "127.0.0.1:1"], { env });
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
