import { compare } from "bcryptjs";
import { checkFrameworkInputs, frameworkDifferences } from "../../standins/framework";
import type { Properties } from "../../standins/plugin";
import { plugin } from "../../standins/random";
import { withDefaults } from "../../standins/rules";

const resource = plugin.resources["random:index/randomPassword:RandomPassword"];
if (resource === undefined) {
  throw new Error("The plugin has no RandomPassword.");
}
const password = resource;

test("a password has the vendor's defaults among its outputs, and a hash that fits it", async () => {
  const { id, outputs } = await create({ length: 12 });
  const { result, bcryptHash, ...inputs } = outputs as { result: string; bcryptHash: string };
  expect(id).toBe("none");
  expect(inputs).toEqual({
    length: 12,
    lower: true,
    minLower: 0,
    minNumeric: 0,
    minSpecial: 0,
    minUpper: 0,
    number: true,
    numeric: true,
    special: true,
    upper: true,
  });
  expect(result).toMatch(/^[a-zA-Z0-9!@#$%&*()\-_=+[\]{}<>:?]{12}$/);
  expect(await compare(result, bcryptHash)).toBe(true);
});

test("two passwords are not the same", async () => {
  const results = await Promise.all([create({ length: 16 }), create({ length: 16 })]);
  expect(new Set(results.map(({ outputs }) => outputs["result"])).size).toBe(2);
});

test.each<[Properties, RegExp]>([
  [{ length: 64, upper: false, numeric: false, special: false }, /^[a-z]{64}$/],
  [{ length: 64, lower: false, special: false, number: false }, /^[A-Z]{64}$/],
  [{ length: 64, special: true, overrideSpecial: "_", lower: false, upper: false }, /^[0-9_]{64}$/],
  [{ length: 8, minNumeric: 8 }, /^[0-9]{8}$/],
  [{ length: 4, minUpper: 2, minSpecial: 2, overrideSpecial: "~" }, /^(?=.*~.*~)[A-Z~]{4}$/],
])("a password is made of the classes that are asked for: %j", async (inputs, pattern) => {
  const { outputs } = await create(inputs);
  expect(outputs["result"]).toMatch(pattern);
});

test("the characters of a minimum do not always stand in front", async () => {
  const results = await Promise.all(
    Array.from({ length: 30 }, () => create({ length: 8, minNumeric: 4, numeric: false })),
  );
  const firsts = results.map(({ outputs }) => /^[0-9]{4}/.test(String(outputs["result"])));
  expect(firsts).toContain(false);
});

test.each<[Properties, string]>([
  [{}, "length"],
  [{ length: 0 }, "length"],
  [{ length: 3, minLower: 2, minUpper: 2 }, "length"],
  [{ length: 8.5 }, "length"],
  [{ length: 8, result: "x" }, "result"],
  [{ length: 8, lower: false, upper: false, numeric: false, special: false }, "numeric"],
])("inputs that make no password are refused by name: %j", (inputs, property) => {
  expect(check(inputs).failures).toMatchObject([{ property }]);
});

test.each<[Properties, string]>([
  [{ length: "12" }, "length: expected a number"],
  [{ length: 8, lower: "yes" }, "lower: expected true or false"],
  [{ length: 8, keepers: ["a"] }, "keepers: expected an object of strings"],
])("a value of another type is an error, as it is with the vendor's plugin: %j", (inputs, why) => {
  expect(() => check(inputs)).toThrow(why);
});

test.each<Properties>([
  { length: 20, keepers: { turn: "2" } },
  { length: 21, keepers: { turn: "1" } },
  { length: 20 },
  { length: 20, keepers: { turn: "1" }, special: false },
])("every change of an input replaces the password: %j", async (inputs) => {
  const { outputs } = await create({ length: 20, keepers: { turn: "1" } });
  const differences = differencesOf(outputs, check(inputs).inputs);
  expect(differences.length).toBeGreaterThan(0);
  expect(differences.every(({ replaces }) => replaces)).toBe(true);
});

test("a password whose inputs stay is left as it is", async () => {
  const inputs = { length: 20, keepers: { turn: "1" } };
  const { outputs } = await create(inputs);
  expect(differencesOf(outputs, check(inputs).inputs)).toEqual([]);
  expect(await password.read("none", outputs)).toEqual(outputs);
});

test.each<[string, Properties, Properties]>([
  ["randomString:RandomString", { length: 9 }, { result: expect.stringMatching(/^.{9}$/) }],
  [
    "randomId:RandomId",
    { byteLength: 4, prefix: "p-" },
    {
      hex: expect.stringMatching(/^p-[0-9a-f]{8}$/),
      dec: expect.stringMatching(/^p-\d+$/),
      b64Url: expect.stringMatching(/^p-[\w-]{6}$/),
    },
  ],
  ["randomInteger:RandomInteger", { min: 3, max: 3 }, { result: 3 }],
])("a %s is made of its inputs", async (type, inputs, outputs) => {
  const resource = plugin.resources[`random:index/${type}`];
  const made = await resource?.create(withDefaults(resource.inputs, inputs));
  expect(made?.outputs).toMatchObject({ ...inputs, ...outputs });
});

/** As the service does. */
function check(news: Properties) {
  const { inputs, failures } = checkFrameworkInputs(password.inputs, news, {
    outputs: password.outputs,
  });
  return { inputs, failures: [...failures, ...(password.check?.(inputs) ?? [])] };
}

function differencesOf(outputs: Properties, news: Properties) {
  return frameworkDifferences(password.inputs, outputs, password.planned?.(news) ?? news, []);
}

async function create(news: Properties): Promise<{ id: string; outputs: Properties }> {
  const { inputs, failures } = check(news);
  expect(failures).toEqual([]);
  return password.create(withDefaults(password.inputs, password.planned?.(inputs) ?? inputs));
}
