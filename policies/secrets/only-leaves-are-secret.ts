import { resourceRule } from "../rule";

/**
 * Checks that only single values are secret, not what holds them: a review shows nothing of a secret object.
 *
 * It judges this project's own resources only; the vendors' plugins mark whole lists by themselves.
 */
export const onlyLeavesAreSecret = resourceRule({
  name: "only-leaves-are-secret",
  description:
    "Checks that objects and lists are not secret as a whole, so that their diffs can be read.",
  level: "mandatory",
  *demands({ type, branches }) {
    if (!type.startsWith("pulumi-nodejs:dynamic/")) return;
    const reported: string[] = [];
    for (const branch of branches()) {
      yield {
        property: branch.path,
        must: "not be secret as a whole: mark the text inside it that is",
        isMet: () => {
          const isInside = reported.some((path) => branch.path.startsWith(path));
          if (isInside || !branch.isSecret) return true;
          reported.push(branch.path);
          return false;
        },
      };
    }
  },
});
