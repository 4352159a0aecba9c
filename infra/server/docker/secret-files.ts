import * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "../../fingerprint";
import { type Containers, memory, oneShot, type SecretFiles } from "./containers";
import { secretsFolder } from "./secrets-folder";

/**
 * Puts secrets into a volume of their own, through a container that never runs: the engine puts no files into a
 * container whose root is read-only.
 *
 * @param owner the container that reads them
 */
export type SecretWriter = (
  owner: string,
  files: Record<string, pulumi.Input<string>>,
  dependsOn?: pulumi.Resource[],
) => SecretFiles;

/**
 * @param image the writer's image. The writer never runs, so any image will do; not Logto's, as a new release of
 *   Logto must not replace the writers
 * @param check what every writer waits for, and so everything that reads a secret
 */
export function secretWriter(
  containers: Containers,
  fingerprintKey: pulumi.Output<string>,
  image: pulumi.Output<string>,
  check: pulumi.Resource,
): SecretWriter {
  return (owner, files, dependsOn = []) => {
    const name = `${owner}-secrets`;
    const { name: source } = containers.volume(name);
    const writer = containers.container(
      name,
      {
        ...oneShot,
        readOnly: false,
        image,
        networkMode: "none",
        mounts: [{ type: "volume", source, target: secretsFolder }],
        uploads: Object.entries(files).map(([file, content]) => ({
          file: `${secretsFolder}/${file}`,
          content,
          permissions: "0400",
        })),
        ...memory(64),
      },
      [check, ...dependsOn],
    );
    return {
      writer,
      mount: { type: "volume", source, target: secretsFolder, readOnly: true },
      fingerprint: pulumi.unsecret(
        pulumi
          .all([fingerprintKey, pulumi.all(Object.values(files))])
          .apply(([key, contents]) => fingerprint(key, contents.join("\n"))),
      ),
    };
  };
}
