import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { DynamicResource, unset } from "../provider/dynamic-resource";
import { json } from "../http-client";
import { merged, omit, pick, type Values } from "../properties";
import { userError } from "../user-error";
import { checkInputs, type Rule } from "../checks";
import {
  type ApplicationArgs,
  type ApplicationInputs,
  type ApplicationSecret,
  applicationShape,
  type ApplicationType,
  markKey,
} from "./application-schema";
import { collection, longestAgeForWrites } from "./mechanism/collection";
import { changedColumns, declaredPart, originals, reconciled } from "./mechanism/declared";
import { warnAboutOverwrites, warnAboutTakeover } from "./mechanism/foreign-changes";
import { isServerLost } from "./lost-server";
import { notFound } from "./logto-error";
import { anything, configuredApi } from "./management-api";
import { isShownOnPages, pictureExpectation } from "./page-content";
import { PartialFailure, partialUnlessRefused } from "../provider/partial-failure";
import { type PriorState, resourceProvider } from "../provider/resource-provider";

interface ApplicationOutputs {
  /** The secrets' values by name; not for `Native` and `SPA`, which have none. */
  secretValues?: Record<string, string>;
  clientSecret?: string;
  /** The secrets that this resource made and will remove. */
  ownedSecrets: string[];
  adopted: boolean;
  /** What an adopted application held in the declared places; put back when the resource goes. */
  original: Values;
}

/**
 * What this resource notes in the application itself, in one write with what it changes there: a run that is killed
 * before it writes its state forgets nothing.
 */
const markShape = z.object({
  urn: z.string(),
  /** The secrets that it made or is about to make, besides the one that comes with a new application. */
  secrets: z.string().array().optional().catch(undefined),
  /**
   * The {@link adoption} of an adopted application as JSON text: all of it is this resource's, so it changes as a
   * whole.
   */
  adopted: z.string().optional().catch(undefined),
});
type Mark = z.infer<typeof markShape>;

const adoption = z.object({ declared: z.record(z.unknown()), original: z.record(z.unknown()) });

const defaultSecretName = "Default secret";
const typesWithSecrets: ApplicationType[] = ["Traditional", "MachineToMachine"];

/** What Logto stores if a new application says nothing; an input that is removed goes back to it. */
const columnDefaults = {
  description: null,
  oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
  customClientMetadata: {},
  customData: {},
  appLevelAccessControlEnabled: false,
};

/** Columns that Logto does not accept as null: if all of their content goes, an empty object stays. */
const neverNull = { customClientMetadata: {}, customData: {} };

const rules: Rule<ApplicationInputs>[] = [
  {
    reads: ["type", "oidcClientMetadata", "customClientMetadata"],
    problems: ({ type, oidcClientMetadata, customClientMetadata }) =>
      type !== "MachineToMachine" &&
      customClientMetadata?.isDeviceFlow !== true &&
      oidcClientMetadata?.redirectUris?.length === 0
        ? [
            {
              path: ["oidcClientMetadata", "redirectUris"],
              message:
                "expected at least one: without one Logto refuses every sign-in of the application",
            },
          ]
        : [],
  },
  {
    reads: ["oidcClientMetadata"],
    problems: ({ oidcClientMetadata: { logoUri } = {} }, stack) =>
      logoUri !== undefined && !isShownOnPages(logoUri, stack.get("logto:endpoint"))
        ? [
            {
              path: ["oidcClientMetadata", "logoUri"],
              message: `expected ${pictureExpectation}`,
            },
          ]
        : [],
  },
  {
    reads: ["type", "secrets"],
    problems: ({ type, secrets }) =>
      secrets !== undefined && !typesWithSecrets.includes(type)
        ? [{ path: ["secrets"], message: `an application of type ${type} has no secrets` }]
        : [],
  },
  {
    reads: ["secrets"],
    problems: ({ secrets = [] }) =>
      secrets.flatMap(({ name }, index) =>
        secrets.findIndex((other) => other.name === name) < index
          ? [{ path: ["secrets", index, "name"], message: `"${name}" is there twice` }]
          : [],
      ),
  },
  {
    reads: ["type", "customClientMetadata"],
    problems: ({ type, customClientMetadata }) =>
      customClientMetadata?.isDeviceFlow !== undefined && type !== "Native"
        ? [
            {
              path: ["customClientMetadata", "isDeviceFlow"],
              message: `only a Native application can use the device flow, this one is ${type}`,
            },
          ]
        : [],
  },
  {
    reads: ["isThirdParty", "customClientMetadata"],
    problems: ({ isThirdParty, customClientMetadata }) =>
      isThirdParty === true && customClientMetadata?.allowTokenExchange === true
        ? [
            {
              path: ["customClientMetadata", "allowTokenExchange"],
              message: "a third-party application cannot exchange tokens",
            },
          ]
        : [],
  },
  {
    reads: ["adoptId", "adoptByName"],
    problems: ({ adoptId, adoptByName }) =>
      adoptId !== undefined && adoptByName === true
        ? [{ path: ["adoptByName"], message: "expected adoptId or adoptByName, not both" }]
        : [],
  },
];

const liveApplication = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    type: z.string(),
    isThirdParty: z.boolean(),
    oidcClientMetadata: z.record(z.unknown()),
    customClientMetadata: z.record(z.unknown()),
    customData: z.record(z.unknown()),
  })
  .passthrough();
type LiveApplication = z.infer<typeof liveApplication>;

/** The last time that a Date can hold, in milliseconds since 1970. */
const furthestTime = 8.64e15;

const liveSecret = z.object({
  name: z.string(),
  value: z.string(),
  expiresAt: z.number().min(-furthestTime).max(furthestTime).nullish(),
});
type LiveSecret = z.infer<typeof liveSecret>;

const outputNames = [
  "clientSecret",
  "secretValues",
  "ownedSecrets",
  "adopted",
  "original",
] as const;

/** The inputs that are columns of Logto's and can be patched. */
const columnNames = [
  "name",
  "description",
  "oidcClientMetadata",
  "customClientMetadata",
  "customData",
  "appLevelAccessControlEnabled",
] as const;

const logto = configuredApi();

/**
 * The list holds all of an application except its secrets, which take a request for each application that has some.
 */
const applications = collection(() => logto.api(), {
  path: "api/applications",
  shape: liveApplication,
  isPaged: true,
});

export const provider = resourceProvider<ApplicationInputs, ApplicationOutputs>(outputNames, {
  configure(configuration) {
    logto.configure(configuration);
    applications.forget();
  },

  check(news, olds) {
    const result = checkInputs(news, applicationShape, rules, logto);
    const { inputs } = result;
    if (inputs === undefined || result.failures !== undefined) return result;
    const failures = movedExpiries(olds.secrets ?? [], inputs.secrets ?? []);
    if (failures.length > 0) return { inputs, failures };
    const adopts = inputs.adoptId !== undefined || inputs.adoptByName === true;
    return typesWithSecrets.includes(inputs.type) && !adopts
      ? { inputs: { ...inputs, secrets: inputs.secrets ?? [{ name: defaultSecretName }] } }
      : result;
  },

  defaultOutputs: { ownedSecrets: [], adopted: false, original: {} },

  replaces: (before, wanted) => [
    ...(before.type === wanted.type ? [] : ["type"]),
    ...((before.isThirdParty ?? false) === (wanted.isThirdParty ?? false) ? [] : ["isThirdParty"]),
    ...(isDeviceFlow(before) === isDeviceFlow(wanted) ? [] : ["customClientMetadata"]),
    ...(wanted.adoptId === undefined || before.adoptId === wanted.adoptId ? [] : ["adoptId"]),
  ],

  async create(inputs) {
    const adoptable = await findAdoptable(inputs);
    const found = adoptable ?? (await findLeftBehind(inputs));
    const mark = found && ownMark(found, inputs);
    if (found && mark) {
      await warnAboutTakeover(`${label(inputs)} (${found.id})`, found, columnsOf(inputs));
    }
    // An application of that name may be what an interrupted create of this resource left behind.
    const adopted = adoptable !== undefined && (mark === undefined || mark.adopted !== undefined);
    // Logto itself makes this secret with every application that can have one.
    const ownedSecrets =
      !adopted && typesWithSecrets.includes(inputs.type) ? [defaultSecretName] : [];
    const remembered = { ownedSecrets, adopted, original: {} };
    // A create that may have been carried out goes into the state: otherwise the application would stay if the next
    // program does not declare it.
    const live =
      found ??
      (await createApplication(inputs).catch((error: unknown) => {
        throw partialUnlessRefused(error, { outputs: remembered });
      }));
    const outputs = await sync(live, inputs, remembered).catch((error: unknown) => {
      throw adopted ? error : new PartialFailure(error, { id: live.id, outputs: remembered });
    });
    return { id: live.id, outputs };
  },

  async find(inputs) {
    return marked(inputs, await applications.allNow(label(inputs))).map(({ id }) => id);
  },

  async read(id, { inputs: declared, outputs }) {
    const live = await applications.get(id, label(declared));
    if (live === undefined) return undefined;
    const secrets = await listSecrets(live);
    const inputs = {
      ...omit(declared, columnNames),
      ...declaredPart(live, columnsOf(declared)),
      type: live.type as ApplicationType,
      ...(declared.isThirdParty === undefined ? {} : { isThirdParty: live.isThirdParty }),
      ...(declared.secrets === undefined
        ? {}
        : {
            secrets: liveSecrets(secrets, declared.secrets, secretsMade(live, declared, outputs)),
          }),
    };
    const { ownedSecrets, adopted, original } = outputs;
    return {
      inputs,
      outputs: { ...secretOutputs(secrets, inputs), ownedSecrets, adopted, original },
    };
  },

  async update(id, prior, inputs) {
    const live = await applications.get(id, label(inputs), longestAgeForWrites);
    if (live === undefined) {
      throw userError(
        `The application "${inputs.name}" (${id}) is gone: run npm run up -- --refresh to create it anew`,
      );
    }
    return sync(live, inputs, prior.outputs, prior);
  },

  isLostWithItsServer: isServerLost,

  async delete(id, prior) {
    const { inputs, outputs } = prior;
    if (!outputs.adopted) return deleteApplication(id, inputs);
    const live = await applications.get(id, label(inputs), longestAgeForWrites);
    if (live === undefined) return;
    const { declared, original } = priorOf(live, inputs, { before: inputs, ...outputs });
    const change = { before: declared, declared: {}, original };
    await warnAboutOverwrites(label(inputs), prior, live, change);
    for (const name of secretsMade(live, inputs, outputs)) {
      await deleteSecret(live, name);
    }
    const before = withMark(declared, live.customData[markKey]);
    const columns = reconciled(live, { ...change, before });
    await patch(
      live,
      changedColumns(live, { ...neverNull, ...columns }),
      `put back ${label(inputs)}`,
    );
  },
});

function isDeviceFlow({ customClientMetadata }: ApplicationInputs): boolean {
  return customClientMetadata?.isDeviceFlow ?? false;
}

/** Makes the server hold what is declared, with no more calls than needed. */
async function sync(
  live: LiveApplication,
  inputs: ApplicationInputs,
  remembered: Remembered,
  last?: PriorState<ApplicationInputs, ApplicationOutputs>,
): Promise<ApplicationOutputs> {
  const { adopted } = remembered;
  const existing = await listSecrets(live);
  const secrets = planSecrets(existing, inputs, secretsMade(live, inputs, remembered));
  const prior = priorOf(live, inputs, { before: last?.inputs, ...remembered });
  const change = {
    before: prior.declared,
    declared: columnsOf(inputs),
    original: adopted ? prior.original : columnDefaults,
  };
  if (last !== undefined) {
    const remade = secrets.missing.filter(({ name }) =>
      last.inputs.secrets?.some((secret) => secret.name === name),
    );
    const places = remade.map(({ name }) => ["secrets", name]);
    await warnAboutOverwrites(label(inputs), last, live, change, places);
  }
  const original = adopted ? originals(live, change) : {};
  const made = secrets.owned.filter((name) => adopted || name !== defaultSecretName);
  const mark = {
    urn: inputs.managedBy,
    ...(made.length > 0 && { secrets: made }),
    ...(adopted && { adopted: JSON.stringify({ declared: columnsOf(inputs), original }) }),
  };
  const wanted = reconciled(live, {
    ...change,
    before: withMark(change.before, live.customData[markKey]),
    declared: withMark(change.declared, mark),
  });
  const unfinished = {
    id: live.id,
    outputs: { ...remembered, original: merged(prior.original, original) },
  };
  await patch(
    live,
    changedColumns(live, { ...neverNull, ...wanted }),
    `update ${label(inputs)}`,
  ).catch((error: unknown) => {
    throw partialUnlessRefused(error, unfinished);
  });
  const writeSecrets = async () => {
    const made = await Promise.all(secrets.missing.map((secret) => createSecret(live, secret)));
    await Promise.all(secrets.surplus.map(({ name }) => deleteSecret(live, name)));
    return made;
  };
  const created = await writeSecrets().catch((error: unknown) => {
    throw new PartialFailure(error, unfinished);
  });
  const held = [...existing.filter((secret) => !secrets.surplus.includes(secret)), ...created];
  return { ...secretOutputs(held, inputs), ownedSecrets: secrets.owned, adopted, original };
}

type Remembered = Pick<ApplicationOutputs, "ownedSecrets" | "adopted" | "original">;

/** What was declared last, and what the places held before. An interrupted run has both in the mark only. */
function priorOf(
  live: LiveApplication,
  inputs: ApplicationInputs,
  { before, original }: { before?: ApplicationInputs | undefined; original: Values },
): { declared: Values; original: Values } {
  const noted = adoption.safeParse(json(ownMark(live, inputs)?.adopted ?? ""));
  if (noted.success) return noted.data;
  return { declared: before === undefined ? {} : columnsOf(before), original };
}

/** The names of the secrets that this resource made, though they may be gone by now. */
function secretsMade(
  live: LiveApplication,
  inputs: ApplicationInputs,
  { ownedSecrets }: Pick<ApplicationOutputs, "ownedSecrets">,
): string[] {
  return [...new Set([...ownedSecrets, ...(ownMark(live, inputs)?.secrets ?? [])])];
}

/** @param owned see {@link secretsMade} */
function planSecrets(existing: LiveSecret[], inputs: ApplicationInputs, owned: string[]) {
  const wanted: ApplicationSecret[] = inputs.secrets ?? existing.map(({ name }) => ({ name }));
  const isWanted = (name: string) => wanted.some((secret) => secret.name === name);
  const missing = wanted.filter(({ name }) => !existing.some((secret) => secret.name === name));
  const surplus = existing.filter(({ name }) => owned.includes(name) && !isWanted(name));
  const kept = existing.filter(({ name }) => owned.includes(name) && isWanted(name));
  return { missing, surplus, owned: [...kept, ...missing].map(({ name }) => name) };
}

/** An existing application that the program names: with `adoptId` it must exist, by name it may. */
async function findAdoptable({
  adoptId,
  adoptByName,
  name,
  type,
}: ApplicationInputs): Promise<LiveApplication | undefined> {
  if (adoptId !== undefined) {
    const live = await applications.get(adoptId, label({ name }), longestAgeForWrites);
    if (live === undefined) {
      throw userError(`adoptId: Logto has no application ${adoptId} to adopt as "${name}"`);
    }
    if (live.type !== type) {
      throw userError(
        `adoptId: the application ${adoptId} is of type ${live.type}, which Logto cannot change to ${type}`,
      );
    }
    return live;
  }
  if (adoptByName !== true) return undefined;
  const namesakes = (await applications.all(label({ name }))).filter(
    (live) => live.name === name && live.type === type,
  );
  if (namesakes.length > 1) {
    throw userError(
      `adoptByName: ${namesakes.length} applications of type ${type} are called "${name}" (${namesakes.map(({ id }) => id).join(", ")}); say which with adoptId`,
    );
  }
  const [namesake] = namesakes;
  return namesake && applications.getNow(namesake.id, label({ name }));
}

/** The application that an interrupted create of this resource left behind. */
async function findLeftBehind(inputs: ApplicationInputs): Promise<LiveApplication | undefined> {
  const [found, ...others] = marked(inputs, await applications.all(label(inputs)));
  if (found && others.length > 0) {
    const ids = [found, ...others].map(({ id }) => id).join(", ");
    throw userError(
      `${others.length + 1} applications carry the mark of "${inputs.name}" (${ids}), and this stack's state holds none of them: delete those that nobody uses in Logto's console, and run it again`,
    );
  }
  return found && applications.getNow(found.id, label(inputs));
}

/** The applications that a create of this resource can have made. */
function marked(inputs: ApplicationInputs, all: LiveApplication[]): LiveApplication[] {
  const { type, isThirdParty = false } = inputs;
  return all.filter(
    (live) => ownMark(live, inputs) && live.type === type && live.isThirdParty === isThirdParty,
  );
}

async function createApplication(inputs: ApplicationInputs): Promise<LiveApplication> {
  const { type, isThirdParty } = inputs;
  const {
    appLevelAccessControlEnabled: _,
    oidcClientMetadata,
    ...columns
  } = withMark(columnsOf(inputs), { urn: inputs.managedBy });
  const markedNow = async () => marked(inputs, await applications.allNow(label(inputs)));
  let isSentAgain = false as boolean;
  const live = await logto.api().createOnce(
    {
      purpose: `create ${label(inputs)}`,
      method: "POST",
      path: "api/applications",
      body: {
        ...columns,
        type,
        ...(isThirdParty === undefined ? {} : { isThirdParty }),
        oidcClientMetadata: {
          ...columnDefaults.oidcClientMetadata,
          ...(oidcClientMetadata as ApplicationInputs["oidcClientMetadata"]),
        },
      },
      accept: { 200: liveApplication },
    },
    async () => {
      const [found] = await markedNow();
      isSentAgain ||= found === undefined;
      return found;
    },
  );
  // The first request may have been carried out after the search for what it made.
  const doubles = isSentAgain ? (await markedNow()).filter(({ id }) => id !== live.id) : [];
  for (const double of doubles) await deleteApplication(double.id, inputs);
  return live;
}

async function deleteApplication(id: string, inputs: ApplicationInputs): Promise<void> {
  applications.willWrite(id);
  await logto.api().call({
    purpose: `delete ${label(inputs)}`,
    method: "DELETE",
    path: `api/applications/${encodeURIComponent(id)}`,
    accept: { 204: anything, 404: notFound },
  });
}

async function patch(live: LiveApplication, body: Values, purpose: string): Promise<void> {
  if (Object.keys(body).length === 0) return;
  applications.willWrite(live.id);
  await logto.api().call({
    purpose,
    method: "PATCH",
    path: `api/applications/${encodeURIComponent(live.id)}`,
    body,
    accept: { 200: liveApplication },
  });
}

async function listSecrets(live: LiveApplication): Promise<LiveSecret[]> {
  if (!typesWithSecrets.includes(live.type as ApplicationType)) return [];
  return logto.api().call({
    purpose: `read the secrets of ${label(live)}`,
    method: "GET",
    path: `api/applications/${encodeURIComponent(live.id)}/secrets`,
    accept: { 200: liveSecret.array() },
  });
}

function createSecret(
  live: LiveApplication,
  { name, expiresAt }: ApplicationSecret,
): Promise<LiveSecret> {
  return logto.api().createOnce(
    {
      purpose: `create the secret "${name}" of ${label(live)}`,
      method: "POST",
      path: `api/applications/${encodeURIComponent(live.id)}/secrets`,
      body: { name, ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }) },
      accept: { 201: liveSecret },
    },
    async () => (await listSecrets(live)).find((secret) => secret.name === name),
  );
}

async function deleteSecret(live: LiveApplication, name: string) {
  await logto.api().call({
    purpose: `delete the secret "${name}" of ${label(live)}`,
    method: "DELETE",
    path: `api/applications/${encodeURIComponent(live.id)}/secrets/${encodeURIComponent(name)}`,
    accept: { 204: anything, 404: notFound },
  });
}

function label({ name }: { name: string }): string {
  return `the application "${name}"`;
}

function columnsOf(
  inputs: ApplicationInputs,
): Pick<ApplicationInputs, (typeof columnNames)[number]> {
  return pick(inputs, columnNames);
}

function withMark(columns: Values, mark: unknown): Values {
  return { ...columns, customData: { ...(columns["customData"] as Values), [markKey]: mark } };
}

/** The application's mark, if it is this resource's. */
function ownMark(live: LiveApplication, { managedBy }: ApplicationInputs): Mark | undefined {
  const mark = markShape.safeParse(live.customData[markKey]);
  return mark.success && mark.data.urn === managedBy ? mark.data : undefined;
}

/**
 * The declared secrets that exist, as a declaration would write them, and after them those that a failed run did
 * not get to remove.
 *
 * @param owned see {@link secretsMade}
 */
function liveSecrets(
  secrets: LiveSecret[],
  declared: ApplicationSecret[],
  owned: string[],
): ApplicationSecret[] {
  const names = new Set([...declared.map(({ name }) => name), ...owned]);
  return [...names].flatMap((name) => {
    const live = secrets.find((secret) => secret.name === name);
    if (live === undefined) return [];
    const { expiresAt } = live;
    return [expiresAt == null ? { name } : { name, expiresAt: new Date(expiresAt).toISOString() }];
  });
}

function secretOutputs(
  secrets: LiveSecret[],
  { secrets: declared }: ApplicationInputs,
): Pick<ApplicationOutputs, "secretValues" | "clientSecret"> {
  if (secrets.length === 0) return {};
  const secretValues = Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
  const first = declared?.[0]?.name;
  const clientSecret = (first && secretValues[first]) ?? secrets[0]?.value;
  return { secretValues, ...(clientSecret === undefined ? {} : { clientSecret }) };
}

function movedExpiries(before: ApplicationSecret[], wanted: ApplicationSecret[]) {
  return wanted.flatMap(({ name, expiresAt }, index) => {
    const old = before.find((secret) => secret.name === name);
    const property = `secrets[${index}].expiresAt`;
    return old !== undefined && old.expiresAt !== expiresAt
      ? [
          {
            property: "",
            reason: `${property}: Logto cannot change when "${name}" expires; add a secret of another name and remove this one later`,
          },
        ]
      : [];
  });
}

/**
 * An application: a client that signs its users in with Logto, or a service that calls APIs.
 *
 * What surprises:
 * - Inputs that are not declared are left as they are in Logto; an input that is no longer declared goes back to
 *   what it was (Logto's default for an application that was created here).
 * - A change of `type`, `isThirdParty` or the device flow replaces the application: a new client id and
 *   secret. The old one is deleted first, so that the mark by which an interrupted create is found again
 *   is never in two applications.
 * - An application whose create was never answered is in the state under the id `unknown`: a refresh finds it by
 *   its mark, a destroy deletes it, and an `up` without either replaces it.
 * - Destroying an adopted application puts it back to what it was and does not delete it.
 * - What somebody else changed in a declared place is overwritten by the next change, with a warning that names the
 *   place and not the value.
 *
 * @see https://docs.logto.io/integrate-logto/application-data-structure
 */
export class Application extends DynamicResource {
  /** The id of the application: the OpenID Connect client id. */
  declare readonly id: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly type: pulumi.Output<ApplicationType>;
  /** The value of the first secret; none for `Native` and `SPA`. Secret. */
  declare readonly clientSecret: pulumi.Output<string | undefined>;
  /** The values of all secrets by name; none for `Native` and `SPA`. Secret. */
  declare readonly secretValues: pulumi.Output<Record<string, string> | undefined>;

  constructor(name: string, args: ApplicationArgs, options: pulumi.CustomResourceOptions = {}) {
    const type = "logto:Application";
    const managedBy = pulumi.createUrn(name, `pulumi-nodejs:dynamic/${type}`, options.parent);
    super(
      type,
      name,
      { ...unset(["clientSecret", "secretValues"]), ...args, managedBy },
      pulumi.mergeOptions(
        { additionalSecretOutputs: ["clientSecret", "secretValues"], deleteBeforeReplace: true },
        options,
      ),
    );
  }
}
