import { randomBytes, randomInt } from "node:crypto";
import type {
  RandomId,
  RandomIdArgs,
  RandomInteger,
  RandomIntegerArgs,
  RandomPassword,
  RandomPasswordArgs,
  RandomString,
  RandomStringArgs,
} from "@pulumi/random";
import { version } from "@pulumi/random/package.json";
import { hash } from "bcryptjs";
import type { InputRules, RulesFor } from "./inputs";
import type { Failure, Plugin, PluginResource, Properties } from "./plugin";

const classes = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};

const minimums = {
  lower: "minLower",
  upper: "minUpper",
  numeric: "minNumeric",
  special: "minSpecial",
} as const;

const keepers = { kind: "texts by name", replaces: true } as const;

/** The inputs of everything drawn from an alphabet. */
const inputs = {
  keepers,
  length: { kind: "number", minimum: 1, required: true, replaces: true },
  lower: { kind: "boolean", default: true, replaces: true },
  minLower: { kind: "number", default: 0, replaces: true },
  minNumeric: { kind: "number", default: 0, replaces: true },
  minSpecial: { kind: "number", default: 0, replaces: true },
  minUpper: { kind: "number", default: 0, replaces: true },
  // Two names for one input: `planned` gives both of them the value that is set.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- programs may still use it
  number: { kind: "boolean", default: true, replaces: true },
  numeric: { kind: "boolean", default: true, replaces: true },
  overrideSpecial: { kind: "text", replaces: true },
  special: { kind: "boolean", default: true, replaces: true },
  upper: { kind: "boolean", default: true, replaces: true },
} satisfies RulesFor<RandomPasswordArgs> & RulesFor<RandomStringArgs>;

type Class = keyof typeof classes;
type Inputs = Record<Class, boolean> &
  Record<(typeof minimums)[Class], number> & { length: number; overrideSpecial?: string };

const randomPassword: PluginResource = {
  ...generated("a password", inputs, ["result", "bcryptHash"] satisfies (keyof RandomPassword)[]),
  secrets: ["result", "bcryptHash"] satisfies (keyof RandomPassword)[],
  check: complaints,
  planned: withBothNames,

  async create(news) {
    const result = password(news as unknown as Inputs);
    // bcrypt uses only the first 72 bytes, as the vendor's documentation says of this output.
    return { id: "none", outputs: { ...news, result, bcryptHash: await hash(result, 10) } };
  },
};

const randomString: PluginResource = {
  ...generated("a string", inputs, ["result"] satisfies (keyof RandomString)[]),
  check: complaints,
  planned: withBothNames,

  create(news) {
    const result = password(news as unknown as Inputs);
    return Promise.resolve({ id: result, outputs: { ...news, result } });
  },
};

const randomId: PluginResource = {
  ...generated(
    "an id",
    {
      byteLength: { kind: "number", required: true, replaces: true },
      keepers,
      prefix: { kind: "text", replaces: true },
    } satisfies RulesFor<RandomIdArgs>,
    ["b64Std", "b64Url", "dec", "hex"] satisfies (keyof RandomId)[],
  ),

  create(news) {
    const { byteLength, prefix = "" } = news as { byteLength: number; prefix?: string };
    const bytes = randomBytes(byteLength);
    const hex = bytes.toString("hex");
    const outputs = {
      b64Std: bytes.toString("base64"),
      b64Url: bytes.toString("base64url"),
      dec: BigInt(`0x${hex || "0"}`).toString(),
      hex,
    };
    return Promise.resolve({
      id: outputs.b64Url,
      outputs: {
        ...news,
        ...Object.fromEntries(
          Object.entries(outputs).map(([name, value]) => [name, `${prefix}${value}`]),
        ),
      },
    });
  },
};

const randomInteger: PluginResource = {
  ...generated(
    "an integer",
    {
      keepers,
      max: { kind: "number", required: true, replaces: true },
      min: { kind: "number", required: true, replaces: true },
      // Go's own generator would be needed for a seed.
      seed: { kind: "text", replaces: true, unmade: true },
    } satisfies RulesFor<RandomIntegerArgs>,
    ["result"] satisfies (keyof RandomInteger)[],
  ),

  create(news) {
    const { min, max } = news as { min: number; max: number };
    if (min > max) {
      return Promise.reject(new Error("min: expected at most max"));
    }
    const result = randomInt(min, max + 1);
    return Promise.resolve({ id: result.toString(), outputs: { ...news, result } });
  },
};

/** What all random resources have in common: they exist only in the state, and every change makes a new one. */
function generated(
  what: string,
  rules: InputRules,
  outputs: readonly string[],
): Omit<PluginResource, "create"> {
  return {
    inputs: rules,
    outputs,
    secrets: [],

    read(_id, known) {
      if (outputs.some((name) => known[name] === undefined)) {
        throw new Error(
          `the stand-in for the plugin random cannot import: use pulumi up to make ${what}`,
        );
      }
      return Promise.resolve(known);
    },

    update: (_id, olds, news) => Promise.resolve({ ...olds, ...news }),

    async delete() {
      // It exists only in the state.
    },
  };
}

export const plugin: Plugin = {
  name: "random",
  version,
  library: "framework",
  options: {},
  configure() {
    // There is nothing to configure.
  },
  resources: {
    "random:index/randomId:RandomId": randomId,
    "random:index/randomInteger:RandomInteger": randomInteger,
    "random:index/randomPassword:RandomPassword": randomPassword,
    "random:index/randomString:RandomString": randomString,
  },
};

function withBothNames(news: Properties): Properties {
  const numeric = news["numeric"] ?? news["number"] ?? true;
  return { ...news, numeric, number: news["number"] ?? numeric };
}

/** Complaints about the inputs. Values that are unknown or of another type are skipped. */
function complaints(news: Properties): Failure[] {
  const failures: Failure[] = [];
  const names = Object.keys(classes) as Class[];
  if (names.every((name) => news[name] === false)) {
    failures.push({
      property: "numeric",
      reason: "expected at least one of lower, upper, numeric and special to be true",
    });
  }
  const { length, ...others } = news;
  const least = names.map((name) => others[minimums[name]] ?? 0);
  if (Number.isInteger(length) && least.every(Number.isInteger)) {
    if (Number(length) < sum(least as number[])) {
      failures.push({
        property: "length",
        reason: "expected at least minLower + minUpper + minNumeric + minSpecial",
      });
    }
  }
  return failures;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function password(news: Inputs): string {
  const names = Object.keys(classes) as Class[];
  // An empty overrideSpecial does not count: there would be no characters to choose from.
  const alphabets = { ...classes, special: news.overrideSpecial || classes.special };
  const alphabet = names.flatMap((name) => (news[name] ? [alphabets[name]] : [])).join("");
  // A minimum counts even for a class that is switched off, as with the vendor's plugin.
  const least = names.flatMap((name) => pick(alphabets[name], news[minimums[name]]));
  return shuffle([...least, ...pick(alphabet, news.length - least.length)]).join("");
}

function pick(alphabet: string, count: number): string[] {
  return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length)));
}

/** Fisher and Yates' shuffle. Without it the classes of the first characters would be known. */
function shuffle(characters: string[]): string[] {
  const shuffled = [...characters];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const chosen = randomInt(last + 1);
    [shuffled[last], shuffled[chosen]] = [shuffled[chosen] as string, shuffled[last] as string];
  }
  return shuffled;
}
