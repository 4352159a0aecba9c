import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { checkInputs, compareInputs, type Difference, type InputRules } from "./inputs";
import {
  type Failure,
  InitializationError,
  type Plugin,
  type PluginResource,
  type Properties,
} from "./plugin";
import { inputsOf } from "./read-inputs";

/**
 * Serves a plugin to the engine, on a port of the loopback address.
 *
 * It is what `main` of `@pulumi/pulumi/provider` does, and exists because that `main` throws the
 * provider's configuration away: a plugin would never learn which server to talk to. Two things
 * surprise. It does not claim to take secrets, so the engine sends plain values and marks by itself
 * each output whose input was a secret; outputs that are always secret are marked here. And it does not
 * claim to know previews or unknown configuration, so the engine answers those by itself.
 */
export async function serve(plugin: Plugin): Promise<{ port: number; stop: () => void }> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  server.addService(ResourceProviderService, implementation(plugin));
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

function implementation(plugin: Plugin): grpc.UntypedServiceImplementation {
  return {
    getPluginInfo: answer(() => {
      const response = new PluginInfo();
      response.setVersion(plugin.version);
      return response;
    }),

    getSchema: answer(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(JSON.stringify(schemaOf(plugin)));
      return response;
    }),

    checkConfig: answer((request: messages.CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      response.setFailuresList(refusedOptions(plugin, properties(request.getNews())).map(failure));
      return response;
    }),

    diffConfig: answer((request: messages.DiffRequest) => {
      const olds = JSON.stringify(properties(request.getOldInputs() ?? request.getOlds()));
      const same = olds === JSON.stringify(properties(request.getNews()));
      return diffResponse(same ? [] : undefined);
    }),

    configure: answer((request: messages.ConfigureRequest) => {
      const prefix = `${plugin.name}:config:`;
      const variables = request.getVariablesMap().toObject(false);
      plugin.configure(
        Object.fromEntries(variables.map(([name, value]) => [name.replace(prefix, ""), value])),
      );
      return new messages.ConfigureResponse();
    }),

    check: answer((request: messages.CheckRequest) => {
      const resource = resourceOf(plugin, request);
      const olds = properties(request.getOlds());
      const news = properties(request.getNews());
      const name = request.getUrn().split("::").slice(3).join("::");
      const byRule = checkInputs(plugin.name, resource.inputs, name, olds, news);
      const further =
        byRule.failures.length > 0 ? byRule : (resource.check?.(byRule.inputs) ?? byRule);
      const response = new messages.CheckResponse();
      response.setInputs(struct(further.inputs));
      response.setFailuresList(further.failures.map(failure));
      return response;
    }),

    diff: answer((request: messages.DiffRequest) => {
      const { inputs, deleteBeforeReplace } = resourceOf(plugin, request);
      const olds = properties(request.getOlds());
      const differences = compareInputs(inputs, olds, properties(request.getNews()));
      const response = diffResponse(differences);
      // Two things of one name cannot stand side by side.
      response.setDeletebeforereplace(
        differences.some(({ replaces }) => replaces) &&
          (deleteBeforeReplace ?? Object.values(inputs).some((rule) => "named" in rule)),
      );
      return response;
    }),

    create: answer(async (request: messages.CreateRequest) => {
      const resource = resourceOf(plugin, request);
      const { id, outputs } = await create(resource, properties(request.getProperties()));
      const response = new messages.CreateResponse();
      response.setId(id);
      response.setProperties(marked(resource, outputs));
      return response;
    }),

    read: answer(async (request: messages.ReadRequest) => {
      const resource = resourceOf(plugin, request);
      const id = request.getId();
      const outputs = await resource.read(id, properties(request.getProperties()));
      const response = new messages.ReadResponse();
      if (outputs !== undefined) {
        response.setId(id);
        response.setProperties(marked(resource, outputs));
        response.setInputs(
          marked(resource, inputsOf(outputs, resource.inputs, properties(request.getInputs()))),
        );
      }
      return response;
    }),

    update: answer(async (request: messages.UpdateRequest) => {
      const resource = resourceOf(plugin, request);
      const olds = properties(request.getOlds());
      const news = properties(request.getNews());
      const outputs = await resource.update(request.getId(), olds, news);
      const response = new messages.UpdateResponse();
      response.setProperties(marked(resource, outputs));
      return response;
    }),

    delete: answer(async (request: messages.DeleteRequest) => {
      const resource = resourceOf(plugin, request);
      await resource.delete(request.getId(), properties(request.getProperties()));
      return new Empty();
    }),

    cancel: answer(() => new Empty()),
    attach: answer(() => new Empty()),
  };
}

/** A handler whose errors reach the user as their message alone. */
function answer<Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({
            code: grpc.status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
            ...(error instanceof HalfMade && { metadata: error.metadata }),
          }),
      );
  };
}

/** An error that tells the engine to keep what there is of the resource. */
class HalfMade extends Error {
  readonly metadata = new grpc.Metadata();

  constructor({ message, id, outputs }: InitializationError, resource: PluginResource) {
    super(message);
    const detail = new messages.ErrorResourceInitFailed();
    detail.setId(id);
    detail.setProperties(marked(resource, outputs));
    detail.setReasonsList([message]);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(message);
    status.addDetails(packed);
    this.metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  }
}

async function create(
  resource: PluginResource,
  inputs: Properties,
): ReturnType<PluginResource["create"]> {
  try {
    return await resource.create(inputs);
  } catch (error) {
    throw error instanceof InitializationError ? new HalfMade(error, resource) : error;
  }
}

function resourceOf(plugin: Plugin, request: { getUrn(): string }): PluginResource {
  const type = request.getUrn().split("::")[2]?.split("$").at(-1) ?? "";
  const resource = plugin.resources[type];
  if (resource === undefined) {
    const known = Object.keys(plugin.resources).map((key) => key.split(":").at(-1));
    throw new Error(
      `the stand-in for the plugin ${plugin.name} knows only ${known.join(" and ")}, not ${type}: install the vendor's plugin to use it`,
    );
  }
  return resource;
}

/** Of the plugin's package as much as says what a change of an input replaces. */
function schemaOf({ name, version, resources }: Plugin): object {
  const inputsOf = (rules: InputRules) =>
    Object.fromEntries(
      Object.entries(rules).map(([property, rule]) => [
        property,
        { $ref: "pulumi.json#/Any", ...("replaces" in rule && { willReplaceOnChanges: true }) },
      ]),
    );
  const inSchema = Object.entries(resources).map(
    ([type, { inputs }]) => [type, { inputProperties: inputsOf(inputs) }] as const,
  );
  return { name, version, resources: Object.fromEntries(inSchema) };
}

/** Options come as text whatever they are, so their kinds are left to `configure`. */
function refusedOptions(plugin: Plugin, options: Properties): Failure[] {
  return Object.keys(options)
    .filter((option) => plugin.options[option]?.kind === "refused")
    .map((property) => ({
      property,
      reason: `the stand-in for the plugin ${plugin.name} does not know this option: leave it out, or install the vendor's plugin`,
    }));
}

/** @param differences undefined where there are some that nobody looked for */
function diffResponse(differences: Difference[] | undefined): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(differences?.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(differences !== undefined);
  for (const { property, kind, replaces } of differences ?? []) {
    const detail = new messages.PropertyDiff();
    detail.setKind(kindOfDifference[kind][replaces ? "replaces" : "updates"]);
    response.getDetaileddiffMap().set(property, detail);
    response.addDiffs(property);
    if (replaces) {
      response.addReplaces(property);
    }
  }
  return response;
}

const { Kind } = messages.PropertyDiff;
const kindOfDifference = {
  added: { updates: Kind.ADD, replaces: Kind.ADD_REPLACE },
  removed: { updates: Kind.DELETE, replaces: Kind.DELETE_REPLACE },
  changed: { updates: Kind.UPDATE, replaces: Kind.UPDATE_REPLACE },
};

/**
 * The property is named in the reason only: the engine prints the value of a property that a failure
 * names, in plain text even where it is a secret.
 */
function failure({ property, reason }: Failure): messages.CheckFailure {
  const message = new messages.CheckFailure();
  message.setReason(`${property}: ${reason}`);
  return message;
}

function properties(message: Struct | undefined): Properties {
  return message?.toJavaScript() ?? {};
}

function struct(values: Properties): Struct {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Struct.fromJavaScript(Object.fromEntries(present) as Record<string, JavaScriptValue>);
}

/** Properties of a resource with its secrets in the form in which the engine recognises one. */
function marked(resource: PluginResource, values: Properties): Struct {
  const secrets = resource.secrets.filter((name) => values[name] !== undefined);
  return struct({
    ...values,
    ...Object.fromEntries(secrets.map((name) => [name, secret(values[name])])),
  });
}

function secret(value: unknown): Properties {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}
