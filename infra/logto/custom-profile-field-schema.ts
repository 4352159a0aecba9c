import { isValidRegEx } from "@logto/core-kit";
import type { z } from "zod";
import type { Problem, Rule } from "../checks";
import { choice, flag, list, object, shortText, text, wholeNumber } from "../fields";

/** The types of fields that hold one value. */
const simpleTypes = ["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex"] as const;
const types = [...simpleTypes, "Address", "Fullname"] as const;
type FieldType = (typeof types)[number];

/** What a config of each type holds; Logto drops the rest. */
const places: Readonly<Record<FieldType, readonly string[]>> = {
  Text: ["placeholder", "minLength", "maxLength"],
  Number: ["placeholder", "minValue", "maxValue"],
  Date: ["placeholder", "format", "customFormat"],
  Checkbox: ["defaultValue"],
  Select: ["placeholder", "options"],
  Url: ["placeholder"],
  Regex: ["placeholder", "format"],
  Address: ["parts"],
  Fullname: ["parts"],
};

/** What it must hold: Logto's create takes some of them without, and each later change refuses that. */
const requiredPlaces: Partial<Record<FieldType, string>> = {
  Date: "format",
  Checkbox: "defaultValue",
  Select: "options",
  Regex: "format",
  Address: "parts",
  Fullname: "parts",
};

export const dateFormats = ["MM/dd/yyyy", "dd/MM/yyyy", "yyyy-MM-dd", "custom"] as const;

/** Names that stand for something else in what a user is or tells. */
export const reservedNames = [
  ...["username", "primaryEmail", "primaryPhone", "email", "phone", "preferredUsername"],
  ...["onboarding", "ossOnboarding", "guideRequests", "adminConsolePreferences"],
  "defaultTenantId",
];

/** The parts of the fields that are made of several. */
export const partNames = {
  Address: ["formatted", "streetAddress", "locality", "region", "postalCode", "country"],
  Fullname: ["givenName", "middleName", "familyName"],
} as const;

/** How long or large something may be. Logto stores numbers below 0 and fractions, and no list of fields works any more. */
const count = () => wholeNumber(0);

const simpleConfig = {
  /** What an empty field shows, 1 to 256 characters; not for a `Checkbox`. Default: none. */
  placeholder: shortText(256).optional(),
  /** The fewest characters of a `Text`. Default: no limit. */
  minLength: count().optional(),
  /** The most characters of a `Text`. Default: no limit. */
  maxLength: count().optional(),
  /** The smallest `Number`, a whole one from 0. Default: no limit. */
  minValue: count().optional(),
  /** The largest `Number`, a whole one from 0. Default: no limit. */
  maxValue: count().optional(),
  /**
   * How a `Date` is written: `MM/dd/yyyy`, `dd/MM/yyyy`, `yyyy-MM-dd`, or `custom`. For a `Regex` the regular
   * expression that matches a right value, up to 128 characters. Both must have it.
   */
  format: shortText(128).optional(),
  /** How a `Date` of the format `custom` is written, in the notation of date-fns, up to 128 characters. */
  customFormat: shortText(128).optional(),
  /** What a `Checkbox` is at first, `"true"` or `"false"`, as a text. It must have it. */
  defaultValue: choice(["true", "false"]).optional(),
  /** What a `Select` offers, in this order, at least one. It must have it. */
  options: list(
    object({
      /** What the profile then holds. */
      value: text("a text"),
      /** What people see. Default: the value. */
      label: shortText(128).optional(),
    }),
    "a list of options, each with a value",
  )
    .min(1, "expected at least one option")
    .optional(),
};

const part = object({
  /** Of an `Address`: formatted, streetAddress, locality, region, postalCode or country; of a `Fullname`: givenName, middleName or familyName. */
  name: choice([...partNames.Address, ...partNames.Fullname]),
  type: choice(simpleTypes),
  /** Whether it is asked for. */
  enabled: flag(),
  /** Whether it must be filled in; not for a `Checkbox`. */
  required: flag(),
  /** Default: Logto's own label. */
  label: shortText(128).optional(),
  /** Default: none. */
  description: shortText(256).optional(),
  /** As that of a field of this type. Default: none. */
  config: object(simpleConfig).optional(),
});

export const customProfileFieldInputs = {
  /**
   * The key under which the profile or the custom data of a user holds the value, 1 to 128 letters and digits. Those of
   * OpenID Connect, such as `birthdate` or `address`, go to the profile. Changing it makes another field.
   */
  name: text("1 to 128 letters and digits", (name) => /^[\dA-Za-z]{1,128}$/.test(name)).refine(
    (name) => !reservedNames.includes(name),
    "is a name that Logto uses for something else",
  ),
  /** What is asked for. A change of it keeps what users have filled in. */
  type: choice(types),
  /** What people see next to it, 1 to 128 characters; Logto cannot take it away again. Default: Logto's own label, or the name. */
  label: shortText(128).optional(),
  /** An explanation, 1 to 256 characters; not for a `Checkbox`. Default: none. */
  description: shortText(256).optional(),
  /** Whether it must be filled in; not for a `Checkbox`. Default: false. */
  required: flag().optional(),
  /** What the type needs: see there. Default: none. */
  config: object({
    ...simpleConfig,
    /** What an `Address` or a `Fullname` is made of, in this order, at least one. They must have it. */
    parts: list(part, "a list of parts, each with name, type, enabled and required")
      .min(1, "expected at least one part")
      .optional(),
  }).optional(),
  /**
   * Its place in the console's list, 1 to 32767, the smallest first; and at sign-up, if the sign-in experience declares no
   * `signUpProfileFields`, whose own order counts. Default: behind those that exist.
   */
  order: wholeNumber(1, 32_767).optional(),
};

type Config = NonNullable<z.infer<(typeof customProfileFieldInputs)["config"]>>;

interface Field {
  type: FieldType;
  config?: Config | undefined;
  required?: boolean | undefined;
  description?: string | undefined;
}

/** The places of a config that a field of this type has; `undefined` if no type is declared. */
export function placesOf({ type }: { type?: unknown }): readonly string[] | undefined {
  return places[type as FieldType];
}

export const fitsItsType: Rule<Field & { name: string }> = {
  reads: ["name", "type", "config", "required", "description"],
  problems: (field) => [
    ...fieldProblems(field, []),
    ...(field.name === "address" && field.type !== "Address"
      ? [{ path: ["type"], message: "expected Address: an address is an object in every profile" }]
      : []),
  ],
};

function fieldProblems(field: Field, at: Problem["path"]): Problem[] {
  const { type, config = {} } = field;
  const problem = (path: Problem["path"], message: string) => ({ path: [...at, ...path], message });
  const own = places[type];
  const strange = Object.keys(config).filter((place) => !own.includes(place));
  const needed = requiredPlaces[type];
  const isCheckbox = type === "Checkbox";
  return [
    ...strange.map((place) =>
      problem(["config", place], `is not for the type ${type}, which takes ${own.join(", ")}`),
    ),
    ...(needed !== undefined && !(needed in config)
      ? [problem(["config", needed], `is missing: the type ${type} needs it`)]
      : []),
    ...(isCheckbox && field.required
      ? [problem(["required"], "expected false: a Checkbox cannot be required")]
      : []),
    ...(isCheckbox && field.description !== undefined
      ? [problem(["description"], "is not for the type Checkbox")]
      : []),
    ...rangeProblems(config, "minLength", "maxLength", problem),
    ...rangeProblems(config, "minValue", "maxValue", problem),
    ...formatProblems(type, config, problem),
    ...twice(config.options ?? [], "value", ["config", "options"], problem),
    ...partProblems(field, at, problem),
  ];
}

type ProblemAt = (path: Problem["path"], message: string) => Problem;

function rangeProblems(
  config: Config,
  least: "minLength" | "minValue",
  most: "maxLength" | "maxValue",
  problem: ProblemAt,
): Problem[] {
  const { [least]: from = 0, [most]: to = Infinity } = config;
  return from > to ? [problem(["config", most], `expected at least the ${least}, ${from}`)] : [];
}

function formatProblems(type: FieldType, config: Config, problem: ProblemAt): Problem[] {
  const { format, customFormat } = config;
  if (format === undefined) return [];
  if (type === "Regex" && !isValidRegEx(format)) {
    return [problem(["config", "format"], "expected a regular expression")];
  }
  if (type !== "Date") return [];
  if (!(dateFormats as readonly string[]).includes(format)) {
    return [problem(["config", "format"], `expected one of ${dateFormats.join(", ")}`)];
  }
  return (format === "custom") === (customFormat !== undefined)
    ? []
    : [problem(["config", "customFormat"], "expected with the format custom, and with no other")];
}

function partProblems({ type, config }: Field, at: Problem["path"], problem: ProblemAt): Problem[] {
  if (type !== "Address" && type !== "Fullname") return [];
  const names: readonly string[] = partNames[type];
  const parts = config?.parts ?? [];
  return [
    ...twice(parts, "name", ["config", "parts"], problem),
    ...parts.flatMap((one, index) => [
      ...(names.includes(one.name)
        ? []
        : [problem(["config", "parts", index, "name"], `expected one of ${names.join(", ")}`)]),
      ...fieldProblems(one, [...at, "config", "parts", index]),
    ]),
  ];
}

function twice<Key extends string>(
  entries: readonly Readonly<Record<Key, string>>[],
  key: Key,
  at: Problem["path"],
  problem: ProblemAt,
): Problem[] {
  const values = entries.map((entry) => entry[key]);
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [problem([...at, index, key], `"${value}" is listed twice`)]
      : [],
  );
}
