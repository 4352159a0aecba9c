import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { gate } from "../../provider/gate";
import { userError } from "../../user-error";
import { parseDatabaseUrl, withDatabase } from "./database";

interface DeclaredCheck {
  /** Address of Logto's database, as the role that owns it. The database may be empty. */
  databaseUrl: string;
  /** Name of Logto's image in messages. */
  image: string;
  /** The file name of the newest alteration in that image: the last that its `alteration list` writes. */
  alteration: string;
  /** The stack, for the commands that messages name. */
  stack: string;
}

export type UpgradeCheckArgs = Arguments<DeclaredCheck>;

interface Outputs {
  checkedAt: string;
}

const shape = z.object({
  databaseUrl: z.string(),
  image: z.string(),
  alteration: z.string(),
  stack: z.string(),
});

export const provider = gate<DeclaredCheck, Outputs>({
  id: () => "upgrade-check",
  check: (news) => checkInputs<DeclaredCheck>(news, shape),
  outputNames: ["checkedAt"],
  ensure: requireSuitable,

  async isUp({ databaseUrl, alteration }) {
    const found = await deployedIn(databaseUrl).catch(() => "not known" as const);
    // An empty database is about to be seeded; nothing can be said of one that cannot be reached.
    return found === "not known" || found === "empty" || found === parseAlteration(alteration).time;
  },
});

async function requireSuitable(inputs: DeclaredCheck, before?: DeclaredCheck): Promise<Outputs> {
  const { databaseUrl, image, stack } = inputs;
  const newest = parseAlteration(inputs.alteration);
  const found = await deployedIn(databaseUrl);
  const again = `npm run up -- ${stack}`;
  const restore = `npm run restore -- ${stack}`;
  if (found === "gone") {
    const { database } = parseDatabaseUrl(databaseUrl);
    throw userError(
      `The database ${database} is gone, and Logto's data with it: ${restore} lists the backups and puts one in its place; then run ${again}. If there is none, the server is lost: npm run pulumi -- state delete --all --force --yes --stack ${stack} forgets it; remove its containers, its network and its volumes from the Docker Engine, and ${again} makes a new one.`,
    );
  }
  if (typeof found === "number" && found > newest.time) {
    const known = before && parseAlteration(before.alteration);
    const of = known?.time === found ? `that of release ${known.release} (${found})` : `${found}`;
    throw userError(
      `${image} is older than the database, and a downgrade would break it: the newest alteration of the image is that of release ${newest.release} (${newest.time}), and the database is at ${of}. Nothing was changed, and Logto runs on as it was. Name an image that is not older in logto-stack:docker.logtoImage, or restore a backup of before the upgrade, which ${restore} lists, and run ${again} again.`,
    );
  }
  if (typeof found === "number" && found < newest.time && newest.release === unreleased) {
    throw userError(
      `${image} is no release: its newest alteration (${inputs.alteration}) may change until there is one, and would not be deployed. Nothing was changed. Name a released image in logto-stack:docker.logtoImage.`,
    );
  }
  return { checkedAt: new Date().toISOString() };
}

const unreleased = "next";

/** Release and time in the name of an alteration script, such as 1.43.0-1786431364-add-a-table.js. */
function parseAlteration(file: string): { release: string; time: number } {
  const [, release, time] = /^([^-]+)-(\d+(?:\.\d+)?)-.*\.js$/.exec(file) ?? [];
  if (release === undefined) {
    throw userError(
      `The image's newest alteration cannot be told from "${file}": expected a name such as 1.43.0-1786431364-add-a-table.js as the last line of its npm run alteration list.`,
    );
  }
  return { release: release.replaceAll("_", "-"), time: Number(time) };
}

/** The newest alteration that is deployed, in seconds since 1970. */
async function deployedIn(databaseUrl: string): Promise<number | "empty" | "gone"> {
  try {
    const { rows } = await withDatabase(parseDatabaseUrl(databaseUrl), (client) =>
      client.query<{ timestamp: string | null }>(
        "select (select value ->> 'timestamp' from systems where key = 'alterationState') as timestamp",
      ),
    );
    return Number(rows[0]?.timestamp ?? 0);
  } catch (error) {
    const { code = "" } = error as { code?: string };
    const noSuchTable = "42P01";
    // A new cluster has no role of Logto's either: the server then says that the password is wrong.
    const [noSuchDatabase, noSuchRole] = ["3D000", "28P01"];
    if (code === noSuchTable) return "empty";
    if (code === noSuchDatabase || code === noSuchRole) return "gone";
    throw error;
  }
}

/**
 * Refuses a release of Logto that is older than the database: alterations only go forwards, and an older
 * release may not know what a newer one has written.
 *
 * It comes before the backup and before the release's alterations, whose containers run again when `checkedAt`
 * changes: after the image was changed, and after the database was put back to an older state, which this sees at
 * each `up`. Deleting it does nothing.
 *
 * Errors: a downgrade; a development build on the database of a release; a database that is gone.
 *
 * @see https://docs.logto.io/logto-oss/using-cli/database-management
 */
export class UpgradeCheck extends DynamicResource {
  /** When the database was last found to suit, in ISO 8601. */
  declare readonly checkedAt: pulumi.Output<string>;

  constructor(name: string, args: UpgradeCheckArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:UpgradeCheck",
      name,
      { ...args, databaseUrl: pulumi.secret(args.databaseUrl), checkedAt: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl"] }),
    );
  }
}
