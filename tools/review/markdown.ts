import { unknownValue } from "../../infra/checks";
import { type Difference, isChange, isSecret, type SecretState } from "./difference";
import { type Change, type Drift, hasChanges, operations, type Review } from "./review";

/** The limit for a comment on a pull request, in characters: 65,536, less room for the text in front. */
export const longestComment = 65_000;

/** The marker by which a workflow finds the last run's comment, to replace it. */
export function markerOf(stack: string): string {
  return `<!-- logto-stack review of ${stack.replace(/[^\w./-]/g, "")} -->`;
}

/** The beginning of every report of the stack. */
export function beginningOf(stack: string): string {
  return [markerOf(stack), titleOf(stack)].join("\n\n");
}

function titleOf(stack: string): string {
  return `## Review of the stack ${code(stack)}`;
}

/** A part of the report that is only shown whole, and the text that replaces it otherwise. */
interface Block {
  text: string;
  short?: string;
}

/**
 * The report of a review in Markdown.
 *
 * Text from the stack is shown as code, in fences and spans that it cannot close, and with invisible characters
 * written out: a report must show what the change does, whatever the change itself says about
 * that.
 *
 * @param limit the report's maximum length; what does not fit is named and left out. Default: no limit.
 */
export function markdownOf(review: Review, limit = Infinity): string {
  const blocks = blocksOf(review);
  const whole = joined(blocks.map(({ text }) => text));
  if (whole.length <= limit) return whole;
  const [marker, title, ...rest] = blocks as [Block, Block, ...Block[]];
  return cut([marker.text, title.text], rest, limit);
}

/**
 * A report, which may have been cut before, shortened to a number of characters: several reports may share one
 * comment. Its parts are separated by blank lines; a fence and the line above it are one part.
 *
 * @param report begins like {@link beginningOf}
 * @param limit at least the length of that and of a note on the cut, which always stay
 */
export function shortened(report: string, limit: number): string {
  if (report.length <= limit) return report;
  const [marker = "", title = "", ...parts] = report.trim().split(/\n\n(?!```)/);
  const before = cutBefore.exec(parts.at(-1) ?? "")?.[1] ?? "0";
  const rest = parts
    .filter((part) => part !== cutNote && !cutBefore.test(part))
    .map((text) => {
      const [caption = "", ...fence] = text.split(":\n\n```");
      return fence.length === 0 ? { text } : { text, short: `${caption}: cut.` };
    });
  return cut([marker, title], rest, limit, Number(before));
}

const cutNote =
  "**This report is cut: it is longer than a comment can be. The whole is in the artefact of this run.**";
const cutTail = (count: number) => `… and ${count} more parts that are cut.`;
const cutBefore = /^… and (\d{1,6}) more parts that are cut\.$/;

/** As much of a report as the limit allows, with a note on what is cut; the head is always kept. */
function cut(head: string[], rest: readonly Block[], limit: number, cutAlready = 0): string {
  const kept = [...head, cutNote];
  let left = limit - joined(kept).length;
  let leftOut = cutAlready;
  const longestTail = cutTail(cutAlready + rest.length).length + 2;
  const shorts = rest.map(({ short }) => (short === undefined ? 0 : short.length + 2));
  // There must always be room for the texts that replace later blocks.
  let reserved = shorts.reduce((sum, length) => sum + length, 0);
  for (const [index, { text, short }] of rest.entries()) {
    reserved -= shorts[index] ?? 0;
    const room = left - longestTail - Math.min(reserved, Math.max(0, left / 2));
    const taken = [text, short].find((one) => one !== undefined && one.length + 2 <= room);
    if (taken === undefined) {
      leftOut += 1;
    } else {
      kept.push(taken);
      left -= taken.length + 2;
    }
  }
  return joined(leftOut === 0 ? kept : [...kept, cutTail(leftOut)]);
}

function joined(texts: string[]): string {
  return `${texts.join("\n\n")}\n`;
}

function blocksOf(review: Review): Block[] {
  return [
    { text: markerOf(review.stack) },
    { text: [titleOf(review.stack), summaryOf(review), ...notJudgedIn(review)].join("\n\n") },
    ...section("The preview failed", review.errors, (message) => `- ${code(message)}`),
    ...section(
      "Policy violations",
      review.violations,
      ({ policy, message }) => `- ${code(policy)}: ${code(message)}`,
    ),
    ...section(
      "Violations of the base's policies, which the change edits",
      review.offline?.policies?.violations ?? [],
      ({ policy, message }) => `- ${code(policy)}: ${code(message)}`,
    ),
    ...section(
      "Policy advice",
      review.advice,
      ({ policy, message }) => `- ${code(policy)}: ${code(message)}`,
    ),
    ...tableOf(review.changes),
    ...headedSettings(review),
    ...review.drift.flatMap((drift, index) => driftBlocks(drift, index === 0)),
    ...review.changes.flatMap(changeBlocks),
    ...outputBlocks(review.outputs),
    ...section("Known only after the apply", review.unknown, (line) => `- ${code(line)}`),
    ...section("Judged only in the up", review.judgedInUp, (line) => `- ${code(line)}`),
    ...section(
      "Client secrets that nothing declares",
      review.undeclaredSecrets ?? [],
      (line) => `- ${code(line)}`,
    ),
    ...section("Not reached", review.unreachable ?? [], (line) => `- ${code(line)}`),
    ...section("Not looked at", review.notLookedAt ?? [], (line) => `- ${code(line)}`),
  ];
}

/** Part of the summary, which is never cut: otherwise the report would promise more than it knows. */
function notJudgedIn({ offline }: Review): string[] {
  const lines = offline?.notJudged ?? [];
  return lines.length === 0
    ? []
    : ["Not judged offline:", lines.map((line) => `- ${line}`).join("\n")];
}

function headedSettings({ offline }: Review): Block[] {
  const settings = offline?.settings ?? [];
  return settings.length === 0
    ? []
    : headed("### What the stack's file says of the server, which was not asked", [], settings);
}

function summaryOf(review: Review): string {
  if (review.isDriftCheck) return driftSummaryOf(review);
  const { counts, violations, advice, drift, isRefreshed, errors } = review;
  const known: readonly string[] = operations;
  const named = [
    ...["create", "update", "replace", "delete"],
    ...Object.keys(counts).filter((name) => name !== "same" && !known.includes(name)),
  ];
  const counted = named
    .filter((name) => (counts[name] ?? 0) > 0)
    .map((name) => countOf(name, counts[name] ?? 0));
  const changed = hasChanges(review)
    ? [...counted, ...(counted.length === 0 ? ["no resource to change"] : [])].join(", ")
    : errors.length > 0
      ? "Changes unknown"
      : "No changes";
  const sentences = [
    `**${changed}**, ${counts["same"] ?? 0} unchanged.`,
    violations.length === 0
      ? "No policy is violated."
      : `**${plural(violations.length, "policy violation")}: this cannot be applied.**`,
    ...policySentences(review),
    ...(advice.length === 0 ? [] : [`${plural(advice.length, "policy")} advise otherwise.`]),
    review.offline === undefined
      ? isRefreshed
        ? driftSentence(drift)
        : "The server was not asked whether something changed there (`--refresh` does)."
      : `Offline: compared with ${code(review.offline.base)} on a sandbox; nothing of the real environment was asked.`,
    ...keySentences(review),
    ...(errors.length === 0 ? [] : ["**The preview failed, so this may not be all.**"]),
  ];
  return sentences.join(" ");
}

function countOf(operation: string, count: number): string {
  const possible = /^may (.*?)e?$/.exec(operation)?.[1];
  return possible === undefined ? `${count} to ${operation}` : `${count} that may be ${possible}ed`;
}

function driftSummaryOf(review: Review): string {
  const { drift, counts, unreachable = [], undeclaredSecrets = [] } = review;
  return [
    ...(unreachable.length === 0
      ? []
      : [
          `**${plural(unreachable.length, "resource")} could not be reached: whether anything changed there is not known.** The others:`,
        ]),
    driftSentence(drift),
    `${plural(counts["same"] ?? 0, "resource")} compared with it, without a preview.`,
    ...(undeclaredSecrets.length === 0
      ? []
      : [
          `**${plural(undeclaredSecrets.length, "client secret")} of declared applications ${undeclaredSecrets.length === 1 ? "is" : "are"} not declared: somebody added ${undeclaredSecrets.length === 1 ? "it" : "them"} by hand.**`,
        ]),
    ...keySentences(review),
  ].join(" ");
}

function policySentences({ offline }: Review): string[] {
  if (offline?.policies === undefined) return [];
  const { files, violations } = offline.policies;
  return [
    `**The change edits what judges changes: review ${listOf(files)} first.**`,
    violations.length === 0
      ? "The policies of the base judged it, and say nothing else."
      : `**By the policies of the base there ${violations.length === 1 ? "is" : "are"} ${plural(violations.length, "more violation")}.**`,
  ];
}

function listOf(files: readonly string[]): string {
  const shown = files.slice(0, 8).map(code);
  const more = files.length > shown.length ? [`${files.length - shown.length} more`] : [];
  return [...shown, ...more].join(", ");
}

function driftSentence(drift: Drift[]): string {
  return drift.length === 0
    ? "The server holds what the last `up` left there."
    : `**${plural(drift.length, "resource")} changed on the server since the last \`up\`.**`;
}

function keySentences({ isFingerprintKeyChanged }: Review): string[] {
  return isFingerprintKeyChanged
    ? [
        "**`logto:fingerprintKey` changed, so every secret shows as changed: whether one did cannot be told.**",
      ]
    : [];
}

function section<Item>(title: string, items: Item[], line: (item: Item) => string): Block[] {
  return listed(items.map(line), `### ${title}\n\n`);
}

/** Groups of a hundred lines, so that a long list is not cut as a whole. */
function listed(lines: string[], head: string): Block[] {
  const size = 100;
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, index) => ({
    text: (index === 0 ? head : "") + lines.slice(index * size, (index + 1) * size).join("\n"),
  }));
}

function tableOf(changes: Change[]): Block[] {
  const rows = changes.map(({ operation, type, name, differences, replacedBy }) => {
    const paths =
      replacedBy.length > 0
        ? replacedBy
        : ["update", "may update"].includes(operation)
          ? [...new Set(differences.filter(isChange).map(({ path }) => path))]
          : [];
    const shown = paths.slice(0, 8).map((path) => cell(code(path)));
    const more = paths.length > shown.length ? [`${paths.length - shown.length} more`] : [];
    return `| ${operation} | ${cell(code(name))} | ${cell(code(type))} | ${[...shown, ...more].join(", ")} |`;
  });
  return listed(
    rows,
    "### What changes\n\n| operation | resource | type | because of |\n| --- | --- | --- | --- |\n",
  );
}

function changeBlocks(change: Change): Block[] {
  const { operation, type, name, differences, replacedBy, consequence } = change;
  const because =
    operation === "replace"
      ? `${replacedBy.map(code).join(", ") || "A resource that it depends on"} cannot be changed in place. `
      : operation === "may replace"
        ? `${replacedBy.map(code).join(", ")} cannot be changed in place, and may be another one after the apply. `
        : operation === "delete"
          ? "The stack no longer declares it. "
          : "";
  const nothing =
    operation === "update" && !differences.some(isChange)
      ? "No property that can be shown differs: a secret without a fingerprint changed, or its program does not run."
      : "";
  const quoted = because + (consequence ?? "");
  const notes = [quoted === "" ? "" : `> ${quoted}`, nothing].filter((note) => note !== "");
  return headed(`### ${operation} ${code(name)} (${code(type)})`, notes, differences);
}

function driftBlocks({ type, name, isGone, differences }: Drift, isFirst: boolean): Block[] {
  const title = isFirst ? "### Changed on the server since the last `up`\n\n" : "";
  const notes = isGone ? ["It is gone from the server."] : [];
  return headed(`${title}#### ${code(name)} (${code(type)})`, notes, differences);
}

function outputBlocks(outputs: Difference[]): Block[] {
  return outputs.length === 0 ? [] : headed("### The stack's outputs", [], outputs);
}

/** The heading and the short differences are one block, and each long text is one of its own. */
function headed(heading: string, notes: string[], differences: Difference[]): Block[] {
  const lines = differences.filter(({ kind }) => kind !== "text").map(lineOf);
  const head = [heading, ...notes, ...(lines.length === 0 ? [] : [lines.join("\n")])].join("\n\n");
  const texts = differences.flatMap((one) => (one.kind === "text" ? [textOf(one)] : []));
  return [{ text: head, short: `${heading}\n\nCut.` }, ...texts];
}

function textOf({ path, lines }: Difference & { kind: "text" }): Block {
  const shown = lines.map(visible);
  const changed = lines.filter((line) => /^[+-]/.test(line)).length;
  return {
    text: `${code(path)}:\n\n${fenced(shown.join("\n"))}`,
    short: `${code(path)}: ${plural(changed, "line")} that ${changed === 1 ? "differs" : "differ"}, cut.`,
  };
}

const secretStates: Record<SecretState, string> = {
  changed: "secret, **changed**",
  unchanged: "secret, unchanged",
  set: "secret, set",
  removed: "secret, removed",
  "became secret": "was in clear, **is secret now**",
  "is no longer secret": "**was secret, is in clear now**",
  "known after the apply": "secret, known after the apply",
  "not compared": "secret; without a fingerprint, whether it changed does not show",
};

function lineOf(difference: Difference): string {
  const path = code(difference.path);
  switch (difference.kind) {
    case "added":
      return `- ${path}: added ${valueOf(difference.after)}`;
    case "removed":
      return `- ${path}: removed ${valueOf(difference.before)}`;
    case "changed":
      return `- ${path}: ${valueOf(difference.before)} → ${valueOf(difference.after)}`;
    case "set":
      return `- ${path}: ${setOf(difference)}`;
    case "secret":
      return `- ${path}: ${secretStates[difference.state]}`;
    case "unknown":
      return `- ${path}: known after the apply`;
    case "text":
      throw new Error("a text is a block of its own");
  }
}

function setOf({ added, removed, order }: Difference & { kind: "set" }): string {
  return [
    ...removed.map((value) => `removed ${valueOf(value)}`),
    ...added.map((value) => `added ${valueOf(value)}`),
    ...(order === undefined ? [] : [`now in the order ${valueOf(order)}`]),
  ].join(", ");
}

function valueOf(value: unknown): string {
  if (value === unknownValue) return "what is known after the apply";
  return code(JSON.stringify(value, (_key, held: unknown) => shownOf(held)));
}

function shownOf(held: unknown): unknown {
  if (held === unknownValue) return "[known after the apply]";
  return isSecret(held) ? "[secret]" : held;
}

/** A code span that its content cannot close. */
function code(content: string): string {
  const line = visible(content)
    .replace(/(?<! ) *[\t\n][\t\n ]*/g, " ")
    // Pages show several consecutive spaces as one.
    .replace(/(?<= ) /g, "\\u{20}");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  const space = /^`|`$|^ .* $/.test(line) || line === "" ? " " : "";
  return `${ticks}${space}${line}${space}${ticks}`;
}

function fenced(content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}diff\n${content}\n${fence}`;
}

/** Escapes what would end a table's cell even within a code span. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/**
 * Writes out control characters, those that change the direction of text, those without width or shape, and those
 * that look like a space: otherwise they could hide something.
 */
function visible(text: string): string {
  return text.replace(
    /(?![\t\n ])[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`,
  );
}

function plural(count: number, noun: string): string {
  const many = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${count} ${count === 1 ? noun : many}`;
}
