import { randomInt } from "node:crypto";
import type { RandomPassword, RandomPasswordArgs } from "@pulumi/random";
import { version } from "@pulumi/random/package.json";
import { hash } from "bcryptjs";
import { unknown, type RulesFor } from "./inputs";
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

const inputs = {
  keepers: { kind: "texts by name", replaces: true },
  length: { kind: "number", minimum: 1, required: true, replaces: true },
  lower: { kind: "boolean", default: true, replaces: true },
  minLower: { kind: "number", default: 0, minimum: 0, replaces: true },
  minNumeric: { kind: "number", default: 0, minimum: 0, replaces: true },
  minSpecial: { kind: "number", default: 0, minimum: 0, replaces: true },
  minUpper: { kind: "number", default: 0, minimum: 0, replaces: true },
  // Two names of one thing: `check` gives both the value of the one that is set.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- programs may still use it
  number: { kind: "boolean", replaces: true },
  numeric: { kind: "boolean", replaces: true },
  overrideSpecial: { kind: "text", replaces: true },
  special: { kind: "boolean", default: true, replaces: true },
  upper: { kind: "boolean", default: true, replaces: true },
} satisfies RulesFor<RandomPasswordArgs>;

type Class = keyof typeof classes;
type Inputs = Record<Class, boolean> &
  Record<(typeof minimums)[Class], number> & { length: number; overrideSpecial?: string };

const randomPassword: PluginResource = {
  inputs,
  secrets: ["result", "bcryptHash"] satisfies (keyof RandomPassword)[],

  check(news) {
    const numeric = news["numeric"] ?? news["number"] ?? true;
    const checked = { ...news, numeric, number: news["number"] ?? numeric };
    return { inputs: checked, failures: contradictions(checked) };
  },

  async create(news) {
    const result = password(news as Inputs);
    // bcrypt looks at the first 72 bytes, as the vendor's documentation says of this output.
    return { id: "none", outputs: { ...news, result, bcryptHash: await hash(result, 10) } };
  },

  read(_id, outputs) {
    if (outputs["result"] === undefined) {
      throw new Error(
        "the stand-in for the plugin random cannot import: use pulumi up to make a new password",
      );
    }
    return Promise.resolve(outputs);
  },

  update() {
    throw new Error("every change of a RandomPassword replaces it");
  },

  async delete() {
    // It lives in the state only.
  },
};

export const plugin: Plugin = {
  name: "random",
  version,
  options: {},
  configure() {
    // There is nothing to configure.
  },
  resources: { "random:index/randomPassword:RandomPassword": randomPassword },
};

function contradictions(news: Properties): Failure[] {
  const failures: Failure[] = [];
  const names = Object.keys(classes) as Class[];
  if (news["number"] !== news["numeric"]) {
    failures.push({ property: "number", reason: "says another thing than numeric: use numeric" });
  }
  if (names.every((name) => news[name] === false)) {
    failures.push({
      property: "lower",
      reason: "expected at least one of lower, upper, numeric and special to be true",
    });
  }
  const lengths = [news["length"], ...names.map((name) => news[minimums[name]])];
  if (!lengths.includes(unknown)) {
    const [length = 0, ...least] = lengths as number[];
    if (length < sum(least)) {
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
  // An empty overrideSpecial is none: there would be nothing to choose from.
  const alphabets = { ...classes, special: news.overrideSpecial || classes.special };
  const alphabet = names.flatMap((name) => (news[name] ? [alphabets[name]] : [])).join("");
  // A minimum holds even for a class that is switched off: so it is with the vendor's.
  const least = names.flatMap((name) => pick(alphabets[name], news[minimums[name]]));
  return shuffle([...least, ...pick(alphabet, news.length - least.length)]).join("");
}

function pick(alphabet: string, count: number): string[] {
  return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length)));
}

/** Fisher and Yates' shuffle. Without it the first characters' classes would be known. */
function shuffle(characters: string[]): string[] {
  const shuffled = [...characters];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const chosen = randomInt(last + 1);
    [shuffled[last], shuffled[chosen]] = [shuffled[chosen] as string, shuffled[last] as string];
  }
  return shuffled;
}
