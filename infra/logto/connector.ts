import * as pulumi from "@pulumi/pulumi";
import cleanDeep from "clean-deep";
import { dequal } from "dequal";
import { z, type ZodType, type ZodTypeDef } from "zod";
import type { Arguments, DeepInput } from "../deep-input";
import type { DynamicProvider } from "../provider/dynamic-provider";
import { DynamicResource, unset } from "../provider/dynamic-resource";
import type { ResourceType } from "../registry";
import { object } from "../fields";
import { fingerprint, fingerprintKeyMissing } from "../fingerprint";
import { patience } from "../patience";
import { isObject, merged, omit, pick, type Values } from "../properties";
import { redact } from "../redact";
import { userError } from "../user-error";
import { checkInputs, holdsUnknown, type Rule, unknownValue } from "../checks";
import { collection, longestAgeForWrites } from "./mechanism/collection";
import { connectorFields, type ConnectorInputs, type DeclaredConnector } from "./connector-schema";
import { type Changes, declaredPart, originals, reconciled } from "./mechanism/declared";
import {
  warnAboutOverwrites,
  warnAboutDeletion,
  warnAboutTakeover,
} from "./mechanism/foreign-changes";
import { isServerLost } from "./lost-server";
import { type LogtoError, notFound, readable, refusal } from "./logto-error";
import { anything, configuredApi, type Failure, type ManagementApi } from "./management-api";
import { partialUnlessRefused } from "../provider/partial-failure";
import { resourceProvider } from "../provider/resource-provider";
import { isShownOnPages, pictureExpectation } from "./page-content";
import { requireNoUseOf } from "./sign-in-experience-use";

/** `config` must be an object at the places that lead to a secret; its values may be outputs. */
export type ConnectorArgs = Arguments<
  Omit<DeclaredConnector, "connectorId" | "config" | "secretFields">
> & {
  connectorId?: pulumi.Input<string>;
  config: Record<string, DeepInput<unknown>>;
  secretFields?: string[];
};

export type ConnectorName = Pick<DeclaredConnector, "connectorId" | "factoryId">;

interface ConnectorOutputs {
  adopted: boolean;
  /** What an adopted connector held in the declared places. Secret: it may hold the key of before. */
  original: Values;
  /** The connector of another factory whose place this one took; put back when it goes. Secret. */
  displaced?: Values;
}

const outputNames = ["adopted", "original", "displaced"] as const;

const liveConnector = z
  .object({
    id: z.string().min(1),
    connectorId: z.string(),
    type: z.enum(["Email", "Sms", "Social"]),
    config: z.record(z.unknown()),
    metadata: z.record(z.unknown()).default({}),
    syncProfile: z.boolean().default(false),
    enableTokenStorage: z.boolean().default(false),
  })
  .passthrough();
type LiveConnector = z.infer<typeof liveConnector>;

/** What a factory knows of its config beyond what Logto checks. */
export interface ConfigChecks {
  shape: ZodType<Record<string, unknown>, ZodTypeDef, unknown>;
  rules?: Rule<ConnectorInputs>[];
  /** What the service that sends says in a body that refuses a mail, and what to do about it. */
  explainRefusal?: (body: string) => string | undefined;
}

const anyConfig: ConfigChecks = { shape: z.record(z.unknown()) };

/** The provider of connectors whose config obeys `checks`. */
export function connectorProvider(
  checks: ConfigChecks,
): DynamicProvider<ConnectorInputs, ConnectorInputs & ConnectorOutputs> {
  const shape = object({ ...connectorFields, config: checks.shape });
  const test: Test = (inputs, config) => sendTestMail(inputs, config, checks.explainRefusal);

  return resourceProvider<ConnectorInputs, ConnectorOutputs>(outputNames, {
    configure(configuration) {
      logto.configure(configuration);
      connectors.forget();
    },

    async check(news, olds) {
      const result = checkInputs(news, shape, [...commonRules, ...(checks.rules ?? [])], logto);
      if (result.inputs === undefined || result.failures !== undefined) return result;
      const config = holdsUnknown(result.inputs.config)
        ? result.inputs.config
        : (cleanDeep(result.inputs.config) as Values);
      const inputs = { ...result.inputs, config };
      if (Object.keys(olds).length === 0) await foretellReplacement(inputs);
      return { inputs: { ...inputs, secretFingerprints: fingerprints(inputs, config) } };
    },

    defaultOutputs: { adopted: false, original: {} },

    // `liveId` held the id a second time.
    formerOutputs: ["liveId"],

    replaces: (before, wanted) => [
      ...(before.factoryId === wanted.factoryId ? [] : ["factoryId"]),
      ...(before.connectorId === wanted.connectorId ? [] : ["connectorId"]),
    ],

    async create(inputs) {
      const { live, isNew, adopted, displaced } = await ensure(inputs, test);
      const change = changes({}, inputs);
      const original = adopted ? originals(live, change) : {};
      const outputs = { adopted, original, ...(displaced && { displaced }) };
      if (!isNew && !adopted) {
        await warnAboutTakeover(label(inputs), inOrderOf(inputs.config, live), change.declared);
      }
      await sync(live, inputs, change, outputs, { test, always: !isNew });
      return { id: live.id, outputs };
    },

    async read(id, { inputs: declared, outputs }) {
      const live = await connectors.get(id, label(declared));
      if (live === undefined) return undefined;
      const part = declaredPart(inOrderOf(declared.config, live), columnsOf(declared));
      return {
        inputs: {
          ...omit(declared, ["metadata", "syncProfile", "enableTokenStorage"]),
          ...part,
          // Somebody else's secret does not belong in the state: its fingerprint says that it differs.
          config: withSecretsOf(declared, part.config as Values),
          secretFingerprints: fingerprints(declared, live.config),
        },
        outputs,
      };
    },

    async update(id, prior, inputs) {
      const { inputs: before, outputs } = prior;
      const live = await connectors.get(id, label(inputs), longestAgeForWrites);
      if (live === undefined) {
        // A connector that is gone can be made again under the same id, which is ours to choose.
        const own = { ...inputs, connectorId: id };
        const rival = await findRival(own);
        await warnAboutDeletion(label(inputs), prior, rival && labelOf(rival));
        const displaced = rival ? restorable(rival) : outputs.displaced;
        await make(own, displaced, test);
        return { adopted: false, original: {}, ...(displaced && { displaced }) };
      }
      const change = changes(columnsOf(before), inputs, outputs.original);
      const always = before.testRecipient !== inputs.testRecipient;
      const original = outputs.adopted ? originals(live, change) : {};
      await warnAboutOverwrites(label(inputs), prior, inOrderOf(before.config, live), {
        ...change,
        before: columnsOf(asSeen(before, live)),
      });
      await sync(live, inputs, change, { ...outputs, original }, { test, always });
      return { ...outputs, original };
    },

    isLostWithItsServer: isServerLost,

    async delete(id, prior) {
      const { inputs, outputs } = prior;
      const { adopted, original, displaced } = outputs;
      const live = await connectors.get(id, label(inputs), longestAgeForWrites);
      if (live === undefined) return;
      if (adopted) {
        const change = { before: columnsOf(inputs), declared: {}, original };
        await warnAboutOverwrites(label(inputs), prior, inOrderOf(inputs.config, live), {
          ...change,
          before: columnsOf(asSeen(inputs, live)),
        });
        await sync(live, inputs, change, { adopted, original });
      } else if (displaced !== undefined) {
        await createConnector(displaced, inputs);
      } else {
        await requireNoUseOf(live, logto.api(), inputs.connectorId);
        connectors.willWrite(id);
        await logto.api().call({
          purpose: `delete ${label(inputs)}`,
          method: "DELETE",
          path: `api/connectors/${encodeURIComponent(id)}`,
          accept: { 204: anything, 404: notFound },
        });
      }
    },
  });
}

const logto = configuredApi();

const connectors = collection(() => logto.api(), {
  path: "api/connectors",
  shape: liveConnector,
  isPaged: false,
});

export const provider = connectorProvider(anyConfig);

const commonRules: Rule<ConnectorInputs>[] = [
  {
    reads: ["metadata"],
    problems: ({ metadata = {} }, stack) =>
      (["logo", "logoDark"] as const)
        .filter((key) => {
          const address = metadata[key];
          return address && !isShownOnPages(address, stack.get("logto:endpoint"));
        })
        .map((key) => ({ path: ["metadata", key], message: `expected ${pictureExpectation}` })),
  },
  {
    reads: ["config", "secretFields"],
    problems: ({ config, secretFields = [] }) =>
      secretFields.flatMap((field) => {
        const value = valueAt(config, field);
        return typeof value === "string" && value.trim() !== ""
          ? []
          : [{ path: ["config", ...field.split(".")], message: "is missing: expected a secret" }];
      }),
  },
  {
    reads: ["secretFields"],
    problems: ({ secretFields = [] }, stack) =>
      secretFields.length > 0 && stack.isConfigured() && !stack.get("logto:fingerprintKey")
        ? [
            {
              path: ["secretFingerprints"],
              message: fingerprintKeyMissing,
            },
          ]
        : [],
  },
];

/** The connector to work on: the one with our id, the existing e-mail or SMS connector, or a new one. */
async function ensure(
  inputs: ConnectorInputs,
  test: Test,
): Promise<{ live: LiveConnector; isNew: boolean; adopted: boolean; displaced?: Values }> {
  const own = await connectors.getNow(inputs.connectorId, label(inputs));
  if (own !== undefined) {
    if (own.connectorId !== inputs.factoryId) {
      throw userError(
        `connectorId: Logto has a connector "${own.id}" of the factory ${own.connectorId} already; choose another connectorId than that for ${inputs.factoryId}`,
      );
    }
    return { live: own, isNew: false, adopted: false };
  }
  const rival = await findRival(inputs);
  if (rival?.connectorId === inputs.factoryId) return { live: rival, isNew: false, adopted: true };
  const displaced = rival && restorable(rival);
  if (rival) await tellReplacement(inputs, rival);
  const live = await make(inputs, displaced, test);
  return { live, isNew: true, adopted: false, ...(displaced && { displaced }) };
}

/** Warnings given in this process, which serves one preview or one `up`: a check and a create say the same. */
const told = new Set<string>();

async function tellReplacement(own: ConnectorName, rival: LiveConnector): Promise<void> {
  const what = rival.type === "Email" ? "e-mail" : "text messages";
  const warning = `Logto has one connector that sends ${what}: ${label(own)} takes the place of ${labelOf(rival)}, which somebody else set up; that one is put back when this one goes`;
  if (told.has(warning)) return;
  told.add(warning);
  await pulumi.log.warn(warning);
}

/** How long a check waits for an answer, in milliseconds. */
const glance = 3_000;

/** The connectors that were looked for in this process. */
const foretold = new Set<string>();

/**
 * Warns of the connector that a create will replace, before it does and in a preview. It is a glance at the server, once and
 * for what is not in the state only: a preview works without a server, so if there is no answer nothing is said.
 */
async function foretellReplacement(own: ConnectorName): Promise<void> {
  if (foretold.has(own.connectorId) || !logto.get("logto:endpoint")) return;
  foretold.add(own.connectorId);
  const api = () => logto.api({ tries: 1, timeLimit: glance });
  const rival = await Promise.resolve()
    .then(() => rivalInSight(api(), own))
    .catch(() => undefined);
  if (rival) await tellReplacement(own, rival);
}

async function rivalInSight(
  api: ManagementApi,
  own: ConnectorName,
): Promise<LiveConnector | undefined> {
  const all = await api.call({
    purpose: `see what ${label(own)} takes the place of`,
    method: "GET",
    path: "api/connectors",
    accept: { 200: liveConnector.array() },
  });
  const others = all.filter(({ type }) => type !== "Social");
  if (others.length === 0 || all.some(({ id }) => id === own.connectorId)) return undefined;
  const type = await typeOf(own, api);
  return others.find((other) => other.type === type && other.connectorId !== own.factoryId);
}

/** Makes a connector in the place of the `displaced` one, if any. */
async function make(
  inputs: ConnectorInputs,
  displaced: Values | undefined,
  test: Test,
): Promise<LiveConnector> {
  await test(inputs, inputs.config);
  const body = { ...columnsOf(inputs), ...idsOf(inputs) };
  return createConnector(body, inputs).catch((error: unknown) => {
    // The displaced connector may be gone by now, and only this run has seen it.
    const outputs = { adopted: false, original: {}, ...(displaced && { displaced }) };
    throw partialUnlessRefused(error, { id: inputs.connectorId, outputs });
  });
}

/** The connector that a new one would remove: Logto has one for e-mail and one for SMS. */
async function findRival(inputs: ConnectorInputs): Promise<LiveConnector | undefined> {
  const type = await typeOf(inputs, logto.api());
  if (type === undefined) {
    throw userError(
      `factoryId: this Logto has no connector factory "${inputs.factoryId}"; GET /api/connector-factories lists those it has`,
    );
  }
  if (type === "Social") return undefined;
  const all = await connectors.allNow(`the connector that ${label(inputs)} takes the place of`);
  return all.find((connector) => connector.type === type);
}

/** What the factory's connectors are for; `undefined` if there is no such factory. */
async function typeOf(inputs: ConnectorName, api: ManagementApi): Promise<string | undefined> {
  const factory = await api.call<{ type: string } | undefined>({
    purpose: `find the factory of ${label(inputs)}`,
    method: "GET",
    path: `api/connector-factories/${encodeURIComponent(inputs.factoryId)}`,
    accept: { 200: z.object({ type: z.string() }), 404: notFound },
  });
  return factory?.type;
}

async function createConnector(body: Values, inputs: ConnectorInputs): Promise<LiveConnector> {
  const id = body["id"] as string;
  try {
    return await logto.api().createOnce(
      {
        purpose: `create ${label(inputs)}`,
        method: "POST",
        path: "api/connectors",
        body,
        accept: { 200: liveConnector },
        secrets: secretsOf(inputs),
      },
      () => connectors.getNow(id, label(inputs)),
    );
  } finally {
    // A new e-mail connector takes the place of another one, which this run may have seen.
    connectors.forget();
  }
}

/**
 * Sends what differs. Logto replaces `config` as a whole, so it goes merged over the live one. The test mail goes
 * before a change, or `always`, if its recipient changed.
 *
 * @param outputs what must be remembered, also if the write fails and may have been carried out
 */
async function sync(
  live: LiveConnector,
  inputs: ConnectorInputs,
  change: Changes,
  outputs: ConnectorOutputs,
  mail?: { test: Test; always: boolean },
): Promise<void> {
  const wanted = reconciled(live, change);
  const held = inOrderOf(wanted["config"] as Values, live);
  const columns = columnNames.filter(
    (column) => !dequal(cleaned(held[column]), cleaned(wanted[column])),
  );
  if (mail && (mail.always || columns.length > 0)) await mail.test(inputs, wanted["config"]);
  if (columns.length === 0) return;
  connectors.willWrite(live.id);
  const update = {
    purpose: `update ${label(inputs)}`,
    method: "PATCH",
    path: `api/connectors/${encodeURIComponent(live.id)}`,
    body: Object.fromEntries(columns.map((column) => [column, wanted[column]])),
    accept: { 200: liveConnector },
    secrets: secretsOf(inputs),
  } as const;
  await logto
    .api()
    .call(update)
    .catch((error: unknown) => {
      const original = merged(change.original, outputs.original);
      throw partialUnlessRefused(error, { id: live.id, outputs: { ...outputs, original } });
    });
}

/** Tries a config that is not in force yet. */
type Test = (inputs: ConnectorInputs, config: unknown) => Promise<void>;

/**
 * Has Logto send one test mail with that config, or throws, so that nothing is changed. If it is unknown whether
 * the mail went, it is not sent again: the next `up` sends another one.
 */
async function sendTestMail(
  inputs: ConnectorInputs,
  config: unknown,
  explain: ConfigChecks["explainRefusal"],
): Promise<void> {
  const { factoryId, testRecipient: email } = inputs;
  if (email === undefined) return;
  const secrets = secretsOf(inputs);
  const failed = (reason: string) =>
    userError(
      redact(
        `The test mail of ${label(inputs)} to ${email} did not go, so nothing was changed: ${reason}`,
        secrets,
        longestRefusal,
      ),
    );
  const refused = await logto
    .api()
    .call<LogtoError | undefined>({
      purpose: `send a test mail with ${label(inputs)}`,
      method: "POST",
      path: `api/connectors/${encodeURIComponent(factoryId)}/test`,
      body: { email, config },
      accept: { 204: anything, 400: refusal },
      secrets,
    })
    .catch((error: unknown) => {
      throw (error as Failure).code !== "ETIMEDOUT"
        ? error
        : failed(
            `Logto did not answer within ${patience.timeLimit / 1000} s, most likely because the mail service does not answer it; whether the mail still goes is not known, and the next up sends another one`,
          );
    });
  if (refused === undefined) return;
  const { code, text, answerOfService: answer, connectionFailure } = refused;
  if (["connector.not_found", "connector.unexpected_type"].includes(code ?? "")) {
    throw userError(`testRecipient: ${factoryId} is no e-mail connector, so no mail can be tested`);
  }
  if (answer !== undefined) throw failed(explain?.(answer) ?? readable(answer, secrets));
  throw failed(
    connectionFailure === undefined
      ? readable(text, secrets)
      : `Logto cannot reach the mail service from where it runs (${connectionFailure}); let its machine or container connect to that`,
  );
}

/** Room for a service's message and what to do about it. */
const longestRefusal = 800;

function changes(before: Values, inputs: ConnectorInputs, original: Values = {}): Changes {
  return { before, declared: columnsOf(inputs), original };
}

const columnNames = ["config", "metadata", "syncProfile", "enableTokenStorage"] as const;

function columnsOf(inputs: ConnectorInputs): Values {
  return pick(inputs, columnNames);
}

/** Logto's names: its `connectorId` is the factory's, and `id` the connector's own. */
function idsOf({ connectorId, factoryId }: ConnectorInputs): Values {
  return { id: connectorId, connectorId: factoryId };
}

/**
 * A live connector with its templates in the order of `config`'s. Logto finds each by its use, so another order is
 * no change.
 */
function inOrderOf(config: Values, live: LiveConnector): LiveConnector {
  const [templates, held] = [config["templates"], live.config["templates"]];
  if (!Array.isArray(templates) || !Array.isArray(held)) return live;
  const uses = templates.map(useOf);
  const placeOf = (template: unknown) => {
    const place = uses.indexOf(useOf(template));
    return place < 0 ? uses.length : place;
  };
  const sorted = held.toSorted((one, other) => placeOf(one) - placeOf(other));
  return { ...live, config: { ...live.config, templates: sorted } };
}

const useOf = (template: unknown) => (isObject(template) ? template["usageType"] : undefined);

function restorable(live: LiveConnector): Values {
  return pick(live, ["id", "connectorId", ...columnNames]);
}

function cleaned(value: unknown): unknown {
  return isObject(value) ? cleanDeep(value) : value;
}

function label(inputs: ConnectorName): string {
  return `the connector "${inputs.connectorId}" (${inputs.factoryId})`;
}

function labelOf(live: LiveConnector): string {
  return `the connector "${live.id}" (${live.connectorId})`;
}

/** The fingerprints of the secrets in `config`, which may be the declared or the live one. */
function fingerprints({ secretFields = [] }: ConnectorInputs, config: Values) {
  const key = logto.get("logto:fingerprintKey");
  const entries = secretFields.flatMap((field) => {
    const value = valueAt(config, field);
    if (typeof value !== "string" || key === undefined) return [];
    return [[field, value === unknownValue ? unknownValue : fingerprint(key, value)]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function secretsOf({ config, secretFields = [] }: ConnectorInputs): string[] {
  return secretFields
    .map((field) => valueAt(config, field))
    .filter((value) => typeof value === "string");
}

function withSecretsOf({ config, secretFields = [] }: ConnectorInputs, live: Values): Values {
  return secretFields.reduce(
    (result, field) =>
      valueAt(live, field) === undefined
        ? result
        : replacedAt(result, field.split("."), () => valueAt(config, field)),
    live,
  );
}

/**
 * The inputs of the state, with the server's secrets that a refresh has seen, of which the state keeps only
 * fingerprints.
 */
function asSeen(inputs: ConnectorInputs, { config: live }: LiveConnector): ConnectorInputs {
  const { secretFields = [], secretFingerprints } = inputs;
  const held = fingerprints(inputs, live);
  const config = secretFields
    .filter((field) => held[field] !== undefined && held[field] === secretFingerprints[field])
    .reduce(
      (result, field) => replacedAt(result, field.split("."), () => valueAt(live, field)),
      inputs.config,
    );
  return { ...inputs, config };
}

function valueAt(config: Values, field: string): unknown {
  return field
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), config);
}

function replacedAt(object: Values, keys: string[], replace: (value: unknown) => unknown): Values {
  const [key, ...rest] = keys as [string, ...string[]];
  const value = object[key];
  if (rest.length === 0) return { ...object, [key]: replace(value) };
  if (!isObject(value) || pulumi.Output.isInstance(value)) {
    throw new pulumi.RunError(
      `config.${key}: expected an object with the secret inside, not an output`,
    );
  }
  return { ...object, [key]: replacedAt(value, rest, replace) };
}

/**
 * A connector: how Logto sends e-mail or SMS, or signs users in with a social provider.
 *
 * What surprises:
 * - Logto has one e-mail and one SMS connector. An existing one of the same factory is taken over in place and put
 *   back to what it was when the resource goes; one of another factory gives way, with a warning, and comes back as
 *   it was.
 * - `config` may hold other keys than the declared ones: they are left as they are.
 * - What somebody else changed in a declared place is overwritten by the next change, and what somebody deleted is
 *   made again, with a warning that names the place and not the value. What somebody set up in its place gives way,
 *   and comes back when the resource goes.
 * - It is not deleted while the sign-in experience still needs it, because Logto would let users sign up and wait
 *   for a code that cannot be sent.
 * - With a `testRecipient` a change counts only if a mail could be sent with it: Logto sends one with the new
 *   config, from its Generic template with the code 000000, before that config is in force. If the mail is refused,
 *   or there is no answer in time, the error says what the mail service said, nothing is changed, and the next `up`
 *   tries again. Nothing is sent by a preview, when an adopted connector is put back, or when the resource goes.
 *   After an interrupted `up` the mail may come twice.
 *
 * @see https://docs.logto.io/connectors
 */
export class Connector extends DynamicResource {
  declare readonly factoryId: pulumi.Output<string>;
  declare readonly connectorId: pulumi.Output<string>;

  constructor(
    name: string,
    args: ConnectorArgs,
    options: pulumi.CustomResourceOptions = {},
    type: ResourceType = "logto:Connector",
  ) {
    const config = (args.secretFields ?? []).reduce<Values>(
      (result, field) => replacedAt(result, field.split("."), (secret) => pulumi.secret(secret)),
      args.config,
    );
    super(
      type,
      name,
      { ...unset(outputNames), connectorId: name, ...args, config },
      pulumi.mergeOptions({ additionalSecretOutputs: ["original", "displaced"] }, options),
    );
  }
}
