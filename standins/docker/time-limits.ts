const twentyMinutes = 1_200_000_000_000;

/**
 * The note that the vendor's plugin writes into `__meta` of a resource with time limits: 20 minutes, in nanoseconds,
 * under a key of Terraform's.
 */
export const timeLimits = {
  "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0": {
    create: twentyMinutes,
    delete: twentyMinutes,
    update: twentyMinutes,
  },
};
