/**
 * Lists whose order means nothing, by the beginning of the resource's type: a server or a plugin that gives
 * them back in another order has changed nothing.
 */
const unorderedLists: readonly { type: string; names: readonly string[] }[] = [
  {
    type: "docker:",
    names: [
      ...["envs", "labels", "mounts", "volumes", "hosts", "ports", "uploads", "devices", "ulimits"],
      ...["adds", "drops", "securityOpts", "groupAdds", "networksAdvanced", "aliases"],
    ],
  },
  { type: "postgresql:", names: ["roles", "privileges", "objects", "withUsers"] },
  // Each is found by its use.
  { type: "pulumi-nodejs:dynamic/logto:", names: ["templates"] },
];

/** @param type as the engine has it, such as `docker:index/container:Container` */
export function unorderedListsOf(type: string): readonly string[] {
  return unorderedLists.flatMap((list) => (type.startsWith(list.type) ? list.names : []));
}
