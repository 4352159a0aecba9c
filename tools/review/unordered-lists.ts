/**
 * Lists whose order does not matter, by the beginning of the resource's type: it is no change if a server or a plugin
 * returns them in another order.
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
  // Each template is identified by its use.
  { type: "pulumi-nodejs:dynamic/logto:", names: ["templates"] },
];

/** @param type as the engine names it, such as `docker:index/container:Container` */
export function unorderedListsOf(type: string): readonly string[] {
  return unorderedLists.flatMap((list) => (type.startsWith(list.type) ? list.names : []));
}
