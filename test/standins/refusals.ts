/**
 * Where a stand-in answers a Check otherwise than the vendor's plugin, on purpose. Everything else that was recorded
 * is answered as recorded.
 *
 * - The reason of a failure is ours: the vendor's names the value, which may be a secret. What failed and where
 *   is the same.
 */
export interface Refusal {
  type: string;
  /** The input that the stand-in refuses. */
  input: string;
  reason: string;
}

export const refusals: Refusal[] = [
  {
    type: "docker:index/container:Container",
    input: "deviceCgroupRules",
    reason:
      "the vendor's plugin that was recorded does not know the input, so nothing says what it does",
  },
  {
    type: "docker:index/container:Container",
    input: "uploads.owner",
    reason: "only numbers: a name is one of the image's, which nothing here can look up",
  },
  {
    type: "docker:index/container:Container",
    input: "uploads.group",
    reason: "only numbers: a name is one of the image's, which nothing here can look up",
  },
  {
    type: "docker:index/remoteImage:RemoteImage",
    input: "build",
    reason: "building an image is a tool of its own, and no stack here builds one",
  },
  {
    type: "docker:index/volume:Volume",
    input: "cluster",
    reason: "volumes of a swarm, which no engine here is a part of",
  },
];
