import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const digest = (letter: string) =>
  `sha256:${letter.repeat(4)}${"0123456789abcdef".repeat(4)}`.slice(0, 71);

/** What every container of a stack that breaks no rule on the platform has. */
const hardened = {
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  init: true,
  readOnly: true,
  memory: 512,
  ulimits: [{ name: "nproc", soft: 512, hard: 512 }],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  restart: "unless-stopped",
};

/** Postgres, Logto and a backup as containers, in the inputs of @pulumi/docker, as the runtime docker will have them. */
export function declareHardenedContainers(): void {
  const password = pulumi.secret("kD5xQ2mV8tR1wZ6yB3cF9hL4nP7sJ0gA");
  const network = new docker.Network("logto", { name: "logto" });
  const data = new docker.Volume("postgres-data", { name: "postgres-data" }, { protect: true });
  const backups = new docker.Volume("backups", { name: "backups" }, { protect: true });
  new docker.RemoteImage("postgres", { name: `postgres:17-alpine@${digest("a")}` });
  const secrets = new docker.Volume(
    "postgres-secrets",
    { name: "postgres-secrets" },
    { protect: true },
  );
  new docker.Container("postgres-secrets", {
    ...hardened,
    // Docker puts files into no container whose root is read-only. This one never runs.
    readOnly: false,
    start: false,
    mustRun: false,
    restart: "no",
    image: `postgres:17-alpine@${digest("a")}`,
    uploads: [{ file: "/run/secrets/password", content: password, permissions: "0400" }],
    mounts: [{ type: "volume", source: secrets.name, target: "/run/secrets" }],
  });
  new docker.Container("postgres", {
    ...hardened,
    image: `postgres:17-alpine@${digest("a")}`,
    capabilities: { drops: ["ALL"], adds: ["CHOWN", "SETUID", "SETGID"] },
    envs: [
      "POSTGRES_DB=logto",
      "POSTGRES_USER=postgres",
      "POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password",
    ],
    uploads: [{ file: "/run/secrets/postgres-password", content: password, permissions: "0400" }],
    mounts: [{ type: "volume", source: data.name, target: "/var/lib/postgresql/data" }],
    networksAdvanced: [{ name: network.name, aliases: ["postgres"] }],
    ports: [{ internal: 5432, external: 5433, ip: "127.0.0.1" }],
    healthcheck: { tests: ["CMD", "pg_isready", "-U", "postgres"], interval: "2s" },
    tmpfs: { "/var/run/postgresql": "", "/tmp": "" },
  });
  new docker.Container("logto", {
    ...hardened,
    image: `svhd/logto:1.43.0@${digest("b")}`,
    envs: [
      "TRUST_PROXY_HEADER=1",
      "ENDPOINT=https://auth.bookstore.example",
      "ADMIN_ENDPOINT=https://admin.bookstore.example",
    ],
    uploads: [
      {
        file: "/run/secrets/logto.env",
        content: pulumi.interpolate`DB_URL=postgres://logto:${password}@postgres:5432/logto`,
        permissions: "0400",
      },
      { file: "/etc/logto/start.sh", content: "set -a; . /run/secrets/logto.env; npm start" },
    ],
    entrypoints: ["sh", "/etc/logto/start.sh"],
    networksAdvanced: [{ name: network.name, aliases: ["logto"] }],
    ports: [
      { internal: 3001, external: 3001 },
      { internal: 3002, external: 3002, ip: "127.0.0.1" },
    ],
    labels: [{ label: "com.bookstore.team", value: "identity" }],
  });
  new docker.Container("backup", {
    ...hardened,
    image: `postgres:17-alpine@${digest("a")}`,
    command: ["sh", "-c", "pg_dump --format=custom --file=/backups/logto.dump logto"],
    mounts: [{ type: "volume", source: backups.name, target: "/backups" }],
    networksAdvanced: [{ name: network.name }],
    mustRun: false,
    restart: "no",
  });
}
