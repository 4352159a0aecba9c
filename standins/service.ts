import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { checkInputs, doesNotKnow } from "./check";
import { detailedDiff, plainDiff } from "./diff-answer";
import { detailedDifferences } from "./difference";
import { checkFrameworkInputs, frameworkDifferences } from "./framework";
import { type InputRules, isObject, isZero, unknown, withDefaults } from "./rules";
import {
  type Failure,
  InitializationError,
  type Plugin,
  type PluginResource,
  type Properties,
} from "./plugin";
import { inputsOf } from "./read-inputs";
import { failure, holdsSecret, marked, markedByRule, properties, secret, struct } from "./wire";

/**
 * Serves a plugin to the engine, on a port of the loopback interface.
 *
 * It replaces `main` of `@pulumi/pulumi/provider`, which throws the provider's configuration away: a plugin would
 * never learn which server to talk to. Two surprises: it does not claim to accept secrets, so the engine sends plain
 * values, and marks each output whose input was a secret by itself; outputs that are always secret are marked here.
 * And it does not claim to support previews or unknown configuration, so the engine answers those by itself.
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
      const news = properties(request.getNews());
      const failures = checkOptions(plugin, news);
      const response = new messages.CheckResponse();
      if (failures.length === 0 || plugin.library === "framework") {
        response.setInputs(markedOptions(plugin, news));
      }
      response.setFailuresList(failures.map(failure));
      return response;
    }),

    diffConfig: answer((request: messages.DiffRequest) => {
      const olds = JSON.stringify(properties(request.getOldInputs() ?? request.getOlds()));
      const same = olds === JSON.stringify(properties(request.getNews()));
      const response = new messages.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      response.setChanges(same ? DIFF_NONE : DIFF_SOME);
      return response;
    }),

    configure: answer((request: messages.ConfigureRequest) => {
      const prefix = `${plugin.name}:config:`;
      const variables = request.getVariablesMap().toObject(false);
      const options = Object.fromEntries(
        variables.map(([name, value]) => [name.replace(prefix, ""), value]),
      );
      const unmade = unmadeIn(plugin.options, valuesOf(plugin, options));
      if (unmade.length > 0) {
        throw new Error(`${unmade.join(", ")}: ${doesNotKnow(plugin.name)}`);
      }
      plugin.configure(options);
      return new messages.ConfigureResponse();
    }),

    check: answer((request: messages.CheckRequest) => {
      const resource = resourceOf(plugin, request);
      const olds = properties(request.getOlds());
      const news = properties(request.getNews());
      const { inputs: rules, outputs } = resource;
      const seed = request.getRandomseed_asU8();
      const { inputs, failures } =
        plugin.library === "framework"
          ? checkFrameworkInputs(rules, news, { outputs })
          : checkInputs(plugin.name, rules, nameIn(request), olds, news, { outputs, seed });
      const response = new messages.CheckResponse();
      response.setInputs(markedByRule(rules, inputs));
      response.setFailuresList([...failures, ...(resource.check?.(inputs) ?? [])].map(failure));
      return response;
    }),

    diff: answer((request: messages.DiffRequest) => {
      const resource = resourceOf(plugin, request);
      const olds = properties(request.getOlds());
      const news = properties(request.getNews());
      const ignored = request.getIgnorechangesList();
      if (plugin.library === "framework") {
        const planned = resource.planned?.(news) ?? news;
        return plainDiff(frameworkDifferences(resource.inputs, olds, planned, ignored));
      }
      const { inputs, listsOfServer } = resource;
      return detailedDiff(
        resource,
        news,
        detailedDifferences(inputs, olds, news, { listsOfServer, ignored }),
      );
    }),

    create: answer(async (request: messages.CreateRequest) => {
      const resource = resourceOf(plugin, request);
      const news = madeInputs(plugin, resource, properties(request.getProperties()));
      const { id, outputs } = await halfMade(resource, () => resource.create(news));
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
      const news = madeInputs(plugin, resource, properties(request.getNews()));
      const outputs = await halfMade(resource, () => resource.update(request.getId(), olds, news));
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

/** A handler whose errors reach the user as plain messages. */
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

/** An error that makes the engine keep the partly created resource. */
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

async function halfMade<Result>(
  resource: PluginResource,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
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

/** The part of the plugin's schema that tells which inputs replace the resource. */
function schemaOf({ name, version, resources }: Plugin): object {
  const inputsOf = (rules: InputRules) =>
    Object.fromEntries(
      Object.entries(rules).map(([property, rule]) => [
        property,
        {
          $ref: "pulumi.json#/Any",
          ...(rule.kind !== "refused" && rule.replaces && { willReplaceOnChanges: true }),
        },
      ]),
    );
  const inSchema = Object.entries(resources).map(
    ([type, { inputs }]) => [type, { inputProperties: inputsOf(inputs) }] as const,
  );
  return { name, version, resources: Object.fromEntries(inSchema) };
}

/** The resource's name in the program. */
function nameIn(request: messages.CheckRequest): string {
  return request.getUrn().split("::").slice(3).join("::");
}

function checkOptions(plugin: Plugin, options: Properties): Failure[] {
  return checkInputs(plugin.name, plugin.options, "", {}, valuesOf(plugin, options)).failures;
}

/** Parses the options: they all arrive as text, those of other kinds as JSON. Invalid JSON is an error. */
function valuesOf(plugin: Plugin, options: Properties): Properties {
  const given = Object.entries(options).filter(([name]) => !ofEngine.includes(name));
  return Object.fromEntries(
    given.map(([name, value]) => {
      const kind = plugin.options[name]?.kind;
      return [name, kind === undefined || kind === "text" ? value : parsed(name, value)];
    }),
  );
}

function markedOptions(plugin: Plugin, options: Properties): Struct {
  const values = valuesOf(plugin, options);
  const isMarked = ([name, value]: [string, unknown]) =>
    value !== unknown && holdsSecret(plugin.options[name], values[name]);
  return struct(
    Object.fromEntries(
      Object.entries(options).map((option) => [
        option[0],
        isMarked(option) ? secret(option[1]) : option[1],
      ]),
    ),
  );
}

/** Options that every provider has, and that the engine itself reads. */
const ofEngine = ["version", "pluginDownloadURL"];

function parsed(name: string, value: unknown): unknown {
  if (typeof value !== "string" || value === unknown) {
    return value;
  }
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new Error(`${name}: expected JSON`);
  }
}

/** The inputs with their defaults. Throws for inputs that pass a Check but that the stand-in does not implement. */
function madeInputs(plugin: Plugin, resource: PluginResource, given: Properties): Properties {
  const inputs = withDefaults(resource.inputs, resource.planned?.(given) ?? given);
  const unmade = unmadeIn(resource.inputs, inputs);
  if (unmade.length > 0) {
    throw new Error(`${unmade.join(", ")}: ${doesNotKnow(plugin.name)}`);
  }
  return inputs;
}

function unmadeIn(rules: InputRules, values: Properties, path = ""): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const value = values[name] ?? undefined;
    if (value === undefined || rule.kind === "refused") {
      return [];
    }
    if (rule.unmade) {
      return isZero(value) || ("default" in rule && rule.default === value)
        ? []
        : [`${path}${name}`];
    }
    return "fields" in rule
      ? [value]
          .flat()
          .flatMap((element) =>
            isObject(element) ? unmadeIn(rule.fields, element, `${path}${name}.`) : [],
          )
      : [];
  });
}
