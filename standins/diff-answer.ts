import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { type DetailedDifference, pathText } from "./difference";
import type { PluginResource, Properties } from "./plugin";
import { defaultsKey, type InputRules } from "./rules";

/** The answer of a plugin that only names the properties that differ. */
export function plainDiff(
  differences: { property: string; replaces: boolean }[],
): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList([...new Set(differences.map(({ property }) => property))]);
  response.setReplacesList(
    differences.filter(({ replaces }) => replaces).map(({ property }) => property),
  );
  return response;
}

/** The answer of a plugin that tells for each difference its kind and whether it replaces. */
export function detailedDiff(
  { inputs, deleteBeforeReplace }: PluginResource,
  news: Properties,
  differences: DetailedDifference[],
): messages.DiffResponse {
  const response = plainDiff(
    differences.map(({ path, replaces }) => ({ property: String(path[0]), replaces })),
  );
  response.setHasdetaileddiff(true);
  for (const { path, kind, replaces } of differences) {
    const detail = new messages.PropertyDiff();
    detail.setKind(kindOfDifference[kind][replaces ? "replaces" : "updates"]);
    response.getDetaileddiffMap().set(pathText(path), detail);
  }
  const replacing = response.getReplacesList();
  response.setStablesList(
    Object.entries(inputs)
      .filter(
        ([name, rule]) => rule.kind !== "refused" && rule.replaces && !replacing.includes(name),
      )
      .map(([name]) => name),
  );
  response.setDeletebeforereplace(
    replacing.length > 0 && (deleteBeforeReplace ?? hasGivenName(inputs, news)),
  );
  return response;
}

/** Two resources with a given name cannot exist at once; an automatic name can change. */
function hasGivenName(inputs: InputRules, news: Properties): boolean {
  const defaults = news[defaultsKey];
  return Object.entries(inputs).some(
    ([name, rule]) =>
      "named" in rule && name in news && Array.isArray(defaults) && !defaults.includes(name),
  );
}

const { Kind } = messages.PropertyDiff;
const kindOfDifference = {
  added: { updates: Kind.ADD, replaces: Kind.ADD_REPLACE },
  removed: { updates: Kind.DELETE, replaces: Kind.DELETE_REPLACE },
  changed: { updates: Kind.UPDATE, replaces: Kind.UPDATE_REPLACE },
};
