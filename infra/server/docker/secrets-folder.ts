/** The folder where a container finds its secrets, a file of mode 400 each. */
export const secretsFolder = "/run/secrets";
