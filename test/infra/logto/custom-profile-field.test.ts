import {
  fullnameKeys,
  reservedBuiltInProfileKeys,
  reservedCustomDataKeys,
  reservedSignInIdentifierKeys,
  SupportedDateFormat,
  userProfileAddressKeys,
} from "@logto/schemas";
import {
  dateFormats,
  partNames,
  reservedNames,
} from "../../../infra/logto/custom-profile-field-schema";
import type { Tracked } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { evaluateProvider, failuresOf } from "../../support/provider";

const type = "logto:CustomProfileField";
const provider = evaluateProvider<object, object>(type);
const part = { name: "country", type: "Text", enabled: true, required: true };

test("names, date formats and parts are those that Logto knows", () => {
  expect([...reservedNames].sort()).toEqual(
    [
      ...[...reservedBuiltInProfileKeys, ...reservedCustomDataKeys],
      ...reservedSignInIdentifierKeys,
    ].sort(),
  );
  expect(dateFormats).toEqual(Object.values(SupportedDateFormat));
  expect(partNames).toEqual({ Address: userProfileAddressKeys, Fullname: fullnameKeys });
});

const right = {
  Text: { minLength: 1, maxLength: 1 },
  Number: { minValue: 0, placeholder: "12" },
  Date: { format: "custom", customFormat: "yyyy" },
  Checkbox: { defaultValue: "true" },
  Select: { options: [{ value: "sf" }] },
  Url: {},
  Regex: { format: "^[0-9]{6}$" },
  Address: { parts: [part, { ...part, name: "region" }] },
  Fullname: { parts: [{ ...part, name: "givenName", label: "First" }] },
};

test.each(Object.entries(right))("a field of the type %s passes", async (fieldType, config) => {
  expect(await failuresOf(provider, { name: "it", type: fieldType, config })).toEqual([]);
});

test.each<[what: string, inputs: object, failures: string[]]>([
  [
    "a name of a sign-in identifier",
    { name: "email", type: "Text" },
    ["name: is a name that Logto uses for something else"],
  ],
  [
    "what another type takes",
    { type: "Date", config: { format: "custom", customFormat: "yyyy", maxLength: 3 } },
    ["config.maxLength: is not for the type Date, which takes placeholder, format, customFormat"],
  ],
  [
    "what no type takes",
    { type: "Text", config: { colour: "red" } },
    ["config.colour: is not an input"],
  ],
  [
    "a minimum above the maximum",
    { type: "Number", config: { minValue: 9, maxValue: 2 } },
    ["config.maxValue: expected at least the minValue, 9"],
  ],
  [
    "a date in a format of its own",
    { type: "Date", config: { format: "yyyy" } },
    ["config.format: expected one of MM/dd/yyyy, dd/MM/yyyy, yyyy-MM-dd, custom"],
  ],
  [
    "a custom format that is missing",
    { type: "Date", config: { format: "custom" } },
    ["config.customFormat: expected with the format custom, and with no other"],
  ],
  [
    "a required checkbox with a description",
    { type: "Checkbox", required: true, description: "Yes?" },
    [
      "config.defaultValue: is missing: the type Checkbox needs it",
      "required: expected false: a Checkbox cannot be required",
      "description: is not for the type Checkbox",
    ],
  ],
  [
    "a choice without options",
    { type: "Select", config: { options: [] } },
    ["config.options: expected at least one option"],
  ],
  [
    "an option that comes twice",
    { type: "Select", config: { options: [{ value: "a" }, { value: "a" }] } },
    ['config.options[1].value: "a" is listed twice'],
  ],
  [
    "no regular expression",
    { type: "Regex", config: { format: "[" } },
    ["config.format: expected a regular expression"],
  ],
  [
    "a part of another field",
    { type: "Fullname", config: { parts: [part] } },
    ["config.parts[0].name: expected one of givenName, middleName, familyName"],
  ],
  [
    "a part that is not whole",
    { type: "Address", config: { parts: [{ ...part, type: "Select" }] } },
    ["config.parts[0].config.options: is missing: the type Select needs it"],
  ],
  [
    "an address that is a text",
    { name: "address", type: "Text" },
    ["type: expected Address: an address is an object in every profile"],
  ],
])("%s is refused before a request", async (_, inputs, failures) => {
  expect(await failuresOf(provider, { name: "it", ...inputs })).toEqual(failures);
});

describe("in Logto", () => {
  let logto: LogtoForTests;
  beforeAll(async () => {
    logto = await startLogtoForTests();
  });
  afterAll(() => logto.stop());

  test("it becomes each type in turn, and holds nothing of the last one", async () => {
    let tracked: Tracked | undefined;
    for (const [fieldType, config] of Object.entries(right)) {
      tracked = await logto.up(type, { name: "it", type: fieldType, config }, tracked);
      const stored = await logto.get("/api/custom-profile-fields/it");
      expect([stored["type"], stored["config"]]).toEqual([fieldType, config]);
    }
    await logto.destroy(type, tracked as Tracked);
  });

  test("a label cannot go, which is said before anything is written", async () => {
    const declared = { name: "it", type: "Text", label: "It", description: "Words" };
    const tracked = await logto.up(type, declared);
    const writes = await logto.writesDuring(async () => {
      await expect(logto.up(type, { name: "it", type: "Text" }, tracked)).rejects.toThrow(
        'label: Logto cannot take the label "It" away from the custom profile field "it"',
      );
    });
    expect(writes).toEqual([]);
    await logto.destroy(type, tracked);
  });

  test("the order is the declared one, a place that is no longer declared stays, and those of others do", async () => {
    await logto.send("POST", "/api/custom-profile-fields", {
      name: "theirs",
      type: "Url",
      required: false,
    });
    const first = await logto.up(type, { name: "first", type: "Text", order: 2 });
    const last = await logto.up(type, { name: "last", type: "Text", order: 9 });
    const names = async () =>
      ((await logto.get("/api/custom-profile-fields")) as unknown as { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await names()).toEqual(["theirs", "first", "last"]);
    const moved = await logto.up(type, { name: "first", type: "Text", order: 10 }, first);
    expect(await names()).toEqual(["theirs", "last", "first"]);
    expect(
      await logto.writesDuring(async () => {
        await logto.up(type, { name: "first", type: "Text" }, moved);
      }),
    ).toEqual([]);
    await logto.destroy(type, moved);
    await logto.destroy(type, last);
    expect(await names()).toEqual(["theirs"]);
    await logto.send("DELETE", "/api/custom-profile-fields/theirs");
  });
});
