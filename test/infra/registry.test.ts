import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { kindTypes, registry, resourceTypes } from "../../infra/registry";
import * as policyTypes from "../../policies/types";
import { consequencesOf } from "../../tools/review/consequences";
import { hasValues } from "../support/kinds";

const root = path.resolve(__dirname, "../..");

/** The modules below infra that export a provider, as the registry names modules. */
function providerModules(): string[] {
  return readdirSync(path.join(root, "infra"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .filter((file) =>
      /^export const (?:provider\b|\{[^}]*\bprovider\b)/m.test(
        readFileSync(path.join(root, "infra", file), "utf8"),
      ),
    )
    .map((file) => path.join("infra", file.replace(/\.ts$/, "")));
}

/** All strings in what a module exports. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

test("every module that exports a provider is that of one type in the registry", () => {
  const modules = Object.values(registry).map(({ module }) => module);
  const forgotten = providerModules()
    .filter((module) => !modules.includes(module))
    .map((module) => `${module}.ts exports a provider: name its type in infra/registry.ts`);
  const astray = Object.entries(registry)
    .filter(([, { module }]) => !providerModules().includes(module))
    .map(([type, { module }]) => `infra/registry.ts: ${module}.ts of ${type} exports no provider`);
  expect([...forgotten, ...astray]).toEqual([]);
  expect(new Set(modules).size).toBe(modules.length);
});

test("a module declares a kind if, and only if, the registry says so", () => {
  const wrong = Object.entries(registry).flatMap(([type, { module, isKind = false }]) => {
    const text = readFileSync(path.join(root, `${module}.ts`), "utf8");
    const declares = /^export const (?:kind\b|\{[^}]*\bkind\b)/m.test(text);
    return declares === isKind
      ? []
      : [
          `infra/registry.ts: isKind of ${type} must be ${String(declares)}, by what ${module}.ts is`,
        ];
  });
  expect(wrong).toEqual([]);
});

test("every kind has values that the tests of all kinds play with", () => {
  const forgotten = kindTypes
    .filter((type) => !hasValues(type))
    .map(
      (type) => `${type} is a kind in infra/registry.ts: add its values to test/support/kinds.ts`,
    );
  expect(forgotten).toEqual([]);
});

test("no former module is the path of another type's, or still there as a file", () => {
  const wrong = Object.entries(registry).flatMap(([type, { formerModules = [] }]) =>
    formerModules
      .filter((former) => existsSync(path.join(root, `${former}.ts`)))
      .map((former) => `infra/registry.ts: ${former}.ts is there, and a former module of ${type}`),
  );
  expect(wrong).toEqual([]);
  const former = Object.values(registry).flatMap(({ formerModules = [] }) => formerModules);
  expect(new Set(former).size).toBe(former.length);
});

test("the policies know the name of every type in the registry", () => {
  const known = stringsIn(policyTypes);
  const forgotten = resourceTypes
    .filter((type) => !known.includes(`pulumi-nodejs:dynamic/${type}`))
    .map((type) => `${type} is in infra/registry.ts: name it in policies/types.ts`);
  expect(forgotten).toEqual([]);
});

test("the review says of every type in the registry what it means that one goes", () => {
  const forgotten = resourceTypes
    .filter((type) => consequencesOf(type) === undefined)
    .map(
      (type) =>
        `${type} is in infra/registry.ts: say in tools/review/consequences.ts what its deletion means for users`,
    );
  expect(forgotten).toEqual([]);
});
