import type { Container } from "dockerode";

/** How much of a log is shown: an error of Logto's tool is followed by the places that it came through. */
const shown = { lines: 25, characters: 3_000 };

/** All that a container has written, its two outputs in the order in which they came. */
export async function logsOf(container: Container): Promise<string> {
  const [answer, { Config: config }] = await Promise.all([
    container.logs({ stdout: true, stderr: true, follow: false }),
    container.inspect(),
  ]);
  return config.Tty ? answer.toString() : withoutHeaders(answer);
}

/** A log without its headers: without a terminal, each piece has 8 bytes before it, for its output and its length. */
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
