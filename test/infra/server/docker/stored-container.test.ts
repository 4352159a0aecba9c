import { asStored, containerOptions } from "../../../../infra/server/docker/stored-container";

test("a container's arguments are spelled and sorted as Docker's plugin stores them, in whatever way they are written", () => {
  expect(
    asStored({
      name: "logto",
      image: "sha256:1",
      capabilities: { adds: ["SETUID", "CAP_CHOWN"], drops: ["NET_RAW", "ALL"] },
      envs: ["b=1", "B=2", "A=3"],
      healthcheck: {
        tests: ["CMD", "b", "a"],
        interval: "60s",
        timeout: "1500ms",
        startPeriod: "1h",
        retries: 3,
      },
      hosts: [
        { host: "b.example", ip: "10.0.0.1" },
        { host: "a.example", ip: "10.0.0.2" },
        { host: "a.example", ip: "10.0.0.1" },
      ],
      labels: [
        { label: "b", value: "1" },
        { label: "a", value: "2" },
      ],
      mounts: [
        { type: "volume", source: "a", target: "/b" },
        { type: "volume", source: "b", target: "/a", readOnly: true },
      ],
      ports: [
        { internal: 80, external: 1, ip: "127.0.0.1" },
        { internal: 443, external: 2, ip: "127.0.0.1" },
      ],
      securityOpts: ["no-new-privileges:true", "apparmor=unconfined"],
      command: ["b", "a"],
    }),
  ).toEqual({
    name: "logto",
    image: "sha256:1",
    capabilities: { adds: ["CAP_CHOWN", "CAP_SETUID"], drops: ["ALL", "CAP_NET_RAW"] },
    envs: ["A=3", "B=2", "b=1"],
    healthcheck: {
      tests: ["CMD", "b", "a"],
      interval: "1m0s",
      timeout: "1.5s",
      startPeriod: "1h0m0s",
      retries: 3,
    },
    hosts: [
      { host: "a.example", ip: "10.0.0.1" },
      { host: "a.example", ip: "10.0.0.2" },
      { host: "b.example", ip: "10.0.0.1" },
    ],
    labels: [
      { label: "a", value: "2" },
      { label: "b", value: "1" },
    ],
    mounts: [
      { type: "volume", source: "b", target: "/a", readOnly: true },
      { type: "volume", source: "a", target: "/b" },
    ],
    ports: [
      { internal: 443, external: 2, ip: "127.0.0.1" },
      { internal: 80, external: 1, ip: "127.0.0.1" },
    ],
    securityOpts: ["apparmor=unconfined", "no-new-privileges:true"],
    command: ["b", "a"],
  });
});

test("what is not declared stays undeclared", () => {
  expect(asStored({ name: "logto", image: "sha256:1" })).toEqual({
    name: "logto",
    image: "sha256:1",
  });
});

test("what Docker's plugin only says to have changed replaces the container", () => {
  expect(containerOptions.replaceOnChanges).toEqual(
    expect.arrayContaining([
      ...["healthcheck", "init", "mounts", "rm", "tmpfs"],
      ...["cpuSet", "cpuShares", "memory", "memoryReservation"],
    ]),
  );
  expect(containerOptions.deleteBeforeReplace).toBe(true);
});
