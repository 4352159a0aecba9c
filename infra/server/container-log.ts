import type { Container } from "dockerode";

const shown = { lines: 10, characters: 2_000 };

/**
 * All that a container has written, its two outputs in the order in which they came.
 *
 * @param since in seconds since 1970. Default: from its first start on.
 */
export async function logsOf(container: Container, since = 0): Promise<string> {
  const [answer, { Config: config }] = await Promise.all([
    container.logs({ stdout: true, stderr: true, follow: false, since }),
    container.inspect(),
  ]);
  return config.Tty ? answer.toString() : withoutHeaders(answer);
}

/** What it has written since it was last started, by hand or by its restart policy. */
export async function logsOfLastRun(container: Container): Promise<string> {
  const { State: state } = await container.inspect();
  return logsOf(container, Math.max(0, Date.parse(state.StartedAt) / 1000));
}

/** Without a terminal, each piece has 8 bytes before it: which output it is of, and its length. */
function withoutHeaders(answer: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= answer.length; at += 8 + answer.readUInt32BE(at + 4)) {
    pieces.push(answer.subarray(at + 8, at + 8 + answer.readUInt32BE(at + 4)));
  }
  return Buffer.concat(pieces).toString();
}

export function lastLines(log: string): string {
  const lines = log.trimEnd().split("\n").slice(-shown.lines).join("\n");
  return lines.length > shown.characters ? `…${lines.slice(-shown.characters)}` : lines;
}
