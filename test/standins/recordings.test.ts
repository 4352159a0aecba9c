import { execFile, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import {
  type Answer,
  type Call,
  type PureMethod,
  readRecordings,
} from "../recordings/plugins/reader";
import { refusals } from "./refusals";

const names = ["random", "postgresql", "docker"];
const pure = ["Check", "Diff", "CheckConfig"] satisfies PureMethod[];

type Values = Record<string, unknown>;

interface Figures {
  strictly: number;
  byMeaning: number;
  total: number;
}

const mark = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

describe.each(names)("the stand-in for the plugin %s", (name) => {
  let plugin: { client: ResourceProviderClient; child: ChildProcess };
  beforeAll(async () => {
    plugin = await start(name);
  });
  afterAll(() => {
    plugin.client.close();
    plugin.child.kill();
  });

  test("answers every Check, Diff and CheckConfig as the vendor's was recorded", async () => {
    const figures = new Map<string, Figures>();
    const otherwise: unknown[] = [];
    const judge = async ({ recording, ...recorded }: Call & Answer & { recording: string }) => {
      const strict = await ask(plugin.client, recorded);
      const meant = await askAsEngine(plugin.client, recorded);
      const isStrict = isDeepStrictEqual(essence(strict), essence(recorded));
      const isMeant = means(recorded.method, meant, recorded);
      const { method, type, name: resource } = recorded;
      const kind = `${name} ${type.split(":").at(-1) ?? ""} ${method}`;
      const figure = figures.get(kind) ?? { strictly: 0, byMeaning: 0, total: 0 };
      figures.set(kind, figure);
      figure.total += 1;
      figure.strictly += Number(isStrict);
      figure.byMeaning += Number(isMeant);
      if (!isStrict || !isMeant) {
        otherwise.push({ recording, method, type, resource, strict, meant, recorded });
      }
    };
    await Promise.all(
      readRecordings(name, pure)
        .filter((call) => !isRefused(call))
        .map(judge),
    );
    // The console would have Jest say beneath each line where it came from.
    for (const [kind, { strictly, byMeaning, total }] of [...figures].sort()) {
      process.stdout.write(
        `${kind} ${byMeaning}/${total} as recorded (strictly ${strictly}/${total})\n`,
      );
    }
    expect(otherwise.slice(0, 3)).toEqual([]);
    expect(figures.size).toBeGreaterThan(0);
  }, 300_000);
});

function isRefused({ type, request }: Call): boolean {
  return refusals
    .filter((refusal) => refusal.type === type)
    .some(({ input }) => holds(request.news, input.split(".")));
}

function holds(value: unknown, [first, ...rest]: string[]): boolean {
  if (first === undefined) {
    return value !== undefined && value !== null;
  }
  return [value]
    .flat()
    .some(
      (element) =>
        typeof element === "object" && element !== null && holds((element as Values)[first], rest),
    );
}

async function start(
  name: string,
): Promise<{ client: ResourceProviderClient; child: ChildProcess }> {
  const child = execFile(process.execPath, [
    path.resolve("standins/main.cjs"),
    name,
    "127.0.0.1:1",
  ]);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const port = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`The plugin ended with ${String(code)}.`)));
  });
  lines.close();
  const options = { "grpc.max_receive_message_length": -1 };
  const client = new ResourceProviderClient(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
    options,
  );
  return { client, child };
}

/** Asks with just what was recorded. */
function ask(client: ResourceProviderClient, call: Call): Promise<Answer> {
  return call.method === "Diff" ? diff(client, call) : check(client, call);
}

/**
 * Asks as the engine does, which knows a state only as this plugin wrote it: without what the other one wrote as
 * null, and with inputs that went through this plugin's own Check.
 */
async function askAsEngine(client: ResourceProviderClient, call: Call): Promise<Answer> {
  if (call.method !== "Diff") {
    return ask(client, call);
  }
  const { olds, oldInputs = {}, news } = call.request;
  const checked = await check(client, {
    ...call,
    method: "Check",
    request: { olds: oldInputs, news: given(news) as Values },
  });
  if (checked.response?.failures !== undefined || checked.error !== undefined) {
    return checked;
  }
  const inputs = unwrapped(checked.response?.inputs) as Values;
  return diff(client, {
    ...call,
    request: { ...call.request, olds: withoutNulls(olds) as Values, news: inputs },
  });
}

async function check(
  client: ResourceProviderClient,
  { method, type, name, request }: Call,
): Promise<Answer> {
  const message = new messages.CheckRequest();
  message.setUrn(`urn:pulumi:recording::recording::${type}::${name}`);
  message.setName(name);
  message.setType(type);
  message.setOlds(struct(request.olds));
  message.setNews(struct(request.news));
  message.setRandomseed(request.randomSeed ?? "");
  return answered(
    (done) =>
      method === "CheckConfig" ? client.checkConfig(message, done) : client.check(message, done),
    (response: messages.CheckResponse) => ({
      inputs: response.getInputs()?.toJavaScript(),
      failures: response
        .getFailuresList()
        .map((failure) => ({ reason: failure.getReason(), property: failure.getProperty() })),
    }),
  );
}

async function diff(
  client: ResourceProviderClient,
  { type, name, request }: Call,
): Promise<Answer> {
  const message = new messages.DiffRequest();
  message.setId(request.id ?? "");
  message.setUrn(`urn:pulumi:recording::recording::${type}::${name}`);
  message.setOlds(struct(request.olds));
  message.setNews(struct(request.news));
  message.setOldInputs(struct(request.oldInputs ?? {}));
  message.setIgnorechangesList(request.ignoreChanges ?? []);
  return answered(
    (done) => client.diff(message, done),
    (response: messages.DiffResponse) => ({
      replaces: response.getReplacesList(),
      stables: response.getStablesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
      changes: nameOf(messages.DiffResponse.DiffChanges, response.getChanges()),
      diffs: response.getDiffsList(),
      detailedDiff: details(response),
      hasDetailedDiff: response.getHasdetaileddiff(),
    }),
  );
}

function details(response: messages.DiffResponse): Values {
  const found: Values = {};
  response.getDetaileddiffMap().forEach((difference: messages.PropertyDiff, path: string) => {
    const [kind, inputDiff] = [difference.getKind(), difference.getInputdiff()];
    found[path] = {
      ...(kind !== messages.PropertyDiff.Kind.ADD && {
        kind: nameOf(messages.PropertyDiff.Kind, kind),
      }),
      ...(inputDiff && { inputDiff }),
    };
  });
  return found;
}

function nameOf(values: object, value: number): string | undefined {
  return Object.entries(values).find(([, number]) => number === value)?.[0];
}

/** An answer in the form of the recording, which leaves out what is empty. */
function answered<Response>(
  send: (done: (error: ServiceError | null, response: Response) => void) => unknown,
  read: (response: Response) => Values,
): Promise<Answer> {
  return new Promise((resolve) => {
    send((error, response) =>
      resolve(
        error
          ? { error: { code: error.code, message: error.details } }
          : { response: withoutEmpty(read(response)) },
      ),
    );
  });
}

function withoutEmpty(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) =>
        value !== undefined &&
        value !== false &&
        value !== "DIFF_UNKNOWN" &&
        (name === "inputs" || value === true || Object.keys(value as object).length > 0),
    ),
  );
}

/** All that is compared of an answer. The order of these lists says nothing: the vendor's differs from run to run. */
function essence({ error, response }: Answer): unknown {
  if (error !== undefined) {
    return { error: error.code };
  }
  const lists = ["diffs", "replaces", "stables"] as const;
  return {
    ...response,
    ...Object.fromEntries(
      lists.flatMap((list) =>
        response?.[list] === undefined ? [] : [[list, [...new Set(response[list])].sort()]],
      ),
    ),
    ...(response?.failures && { failures: response.failures.map(place).sort() }),
  };
}

/** Where a failure is, in the vendor's words or in ours. Its property is empty in both, as the engine prints its value. */
function place({ reason, property = "" }: { reason: string; property?: string }): string {
  const [, examined] = /Examine values at '[^.']*\.(.*)'\.$/.exec(reason) ?? [];
  const [, missing] = /^Missing required property '([^']*)'/.exec(reason) ?? [];
  const [, ours] = /^([^: ]+): /.exec(reason) ?? [];
  return `${property}|${examined ?? missing ?? ours ?? reason}`;
}

/** Whether the engine makes the same of two answers. */
function means(method: PureMethod, is: Answer, recorded: Answer): boolean {
  if (is.error !== undefined || recorded.error !== undefined) {
    return is.error !== undefined && recorded.error !== undefined;
  }
  if (method !== "Diff") {
    const fails = [is, recorded].map(({ response }) => response?.failures !== undefined);
    return (
      fails[0] === fails[1] &&
      (fails[0] === true ||
        isDeepStrictEqual(
          withoutMarks(is.response?.inputs),
          withoutMarks(recorded.response?.inputs),
        ))
    );
  }
  const [some, others] = [is, recorded].map(({ response }) => ({
    changes: response?.changes,
    replaces: [...new Set(response?.replaces)].sort(),
    isOldFirst: response?.deleteBeforeReplace ?? false,
  }));
  return isDeepStrictEqual(some, others);
}

/** What the program gave: without what a Check added. */
function given(value: unknown): unknown {
  return mapped(value, (name, _, parent) => {
    const defaults = parent["__defaults"];
    return name !== "__defaults" && !(Array.isArray(defaults) && defaults.includes(name));
  });
}

/** Values as the engine has them: secrets are not marked but known, and nothing is said of defaults. */
function withoutMarks(value: unknown): unknown {
  return mapped(value, (name) => name !== "__defaults");
}

/** Values with their secrets in plain text, as the engine sends them. */
function unwrapped(value: unknown): unknown {
  return mapped(value, () => true);
}

function withoutNulls(value: unknown): unknown {
  return mapped(value, (_, inner) => inner !== null);
}

function mapped(
  value: unknown,
  isKept: (name: string, value: unknown, parent: Values) => boolean,
): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => mapped(element, isKept));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const values = value as Values;
  if (values[mark] === secretMark) {
    return mapped(values["value"], isKept);
  }
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name, inner]) => isKept(name, inner, values))
      .map(([name, inner]) => [name, mapped(inner, isKept)]),
  );
}

function struct(values: Values): Struct {
  return Struct.fromJavaScript(values as Record<string, JavaScriptValue>);
}
