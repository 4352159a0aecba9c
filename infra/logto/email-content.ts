import { type EmailUsageType, purposeOf } from "./email-usage";
import { type Message, readMessage } from "./visible-text";

/*
 * How Logto fills an e-mail template: it replaces `{{ name }}` if the message has such a value, and leaves anything
 * else in the mail as it is written.
 *
 * Sources: Logto, packages/toolkit/connector-kit (replaceSendMessageHandlebars) and
 * packages/core/src/utils/connectors/extra-information.ts;
 * https://docs.logto.io/connectors/email-connectors/email-templates
 */

/** The parts of a template that this module reads. */
export interface TemplateText {
  usageType: string;
  /** `text/plain` or `text/html`. */
  type: string;
  subject: string;
  content: string;
  /** What its readers see as its sender and who gets their answers, if it says so itself. */
  replyTo?: string | undefined;
  sendFrom?: string | undefined;
}

/** Something wrong with a template: what its readers would see or miss. */
export interface TemplateProblem {
  part: "subject" | "content" | "replyTo" | "sendFrom";
  message: string;
}

const branding = ["logoUrl", "darkLogoUrl", "favicon", "darkFavicon"].map(
  (name) => `branding.${name}`,
);
const person = ["id", "name", "username", "primaryEmail", "primaryPhone", "avatar", "profile.*"];

/** The values of a message, by root; a root without fields is a text itself. */
const fields = {
  code: [],
  link: [],
  locale: [],
  uiLocales: [],
  application: ["id", "name", "displayName", ...branding],
  organization: ["id", "name", ...branding],
  user: person,
  inviter: person,
} satisfies Record<string, string[]>;
type Root = keyof typeof fields;

const ofVisitors: Root[] = ["code", "application", "organization"];
const ofUsers: Root[] = ["code", "application", "user"];

/** What Logto fills in a message of each type, besides the language. An organization or inviter may be absent. */
const filled: Record<EmailUsageType, Root[]> = {
  Register: ofVisitors,
  SignIn: ofVisitors,
  ForgotPassword: ofVisitors,
  Generic: ["code"],
  OrganizationInvitation: ["link", "organization", "inviter"],
  UserPermissionValidation: ofUsers,
  BindNewIdentifier: ofUsers,
  MfaVerification: [...ofVisitors, "user"],
  BindMfa: [...ofVisitors, "user"],
};

function rootsOf(usageType: string): Root[] {
  const own = filled[usageType as EmailUsageType] as Root[] | undefined;
  return [...(own ?? (Object.keys(fields) as Root[])), "locale", "uiLocales"];
}

/** Logto's own pattern: letters, digits, _ and dots, with space around them. */
const handlebars = /\{\{\s*([\w.]+)\s*\}\}/g;

/** The problem of a content without the variable that the message is sent for. */
export function missingPurpose(template: TemplateText): TemplateProblem[] {
  if (holdsPurpose(template)) return [];
  const { usageType } = template;
  const message = `expected {{${purposeOf(usageType)}}} in the ${usageType} template, or its readers get none`;
  return [{ part: "content", message }];
}

/** Whether the variable that the message is sent for stands anywhere in the content, visible or not. */
export function holdsPurpose({
  usageType,
  content,
}: Pick<TemplateText, "usageType" | "content">): boolean {
  const purpose = purposeOf(usageType);
  return [...content.matchAll(handlebars)].some(([, name]) => name === purpose);
}

/**
 * What is wrong with a template that holds its variable: readers cannot see it, or text stays in the mail because
 * Logto does not fill it.
 */
export function templateProblems(template: TemplateText): TemplateProblem[] {
  const { usageType, type, subject, content, replyTo, sendFrom } = template;
  const purpose = purposeOf(usageType);
  const isHtml = type !== "text/plain";
  const problems: TemplateProblem[] = [];
  const sent = fill(content, usageType);
  const message = isHtml ? readMessage(sent) : plainMessage(sent);
  const mark = marks[purpose];
  const isSeen = message.isLegible(mark) || (purpose === "link" && message.isLinked(mark));
  if (holdsPurpose(template) && !isSeen) {
    problems.push({
      part: "content",
      message: `expected {{${purpose}}} where readers see it: it stands only in a comment, an attribute, a style or an element that is hidden or has no contrast`,
    });
  }
  const headers = { subject, replyTo, sendFrom };
  const parts = [
    ...(["subject", "replyTo", "sendFrom"] as const).map((part) => ({
      part,
      left: leftovers([fill(headers[part] ?? "", usageType)]),
    })),
    { part: "content" as const, left: leftovers([message.texts.join(""), ...message.attributes]) },
  ];
  for (const { part, left } of parts) {
    if (left.length === 0) continue;
    const told = `${left.join(", ")} would stay in the mail: Logto fills ${variablesOf(usageType)} in a message of type ${usageType}`;
    problems.push({ part, message: told });
  }
  return problems;
}

function plainMessage(text: string): Message {
  return {
    texts: [text],
    attributes: [],
    isLegible: (part) => text.includes(part),
    isLinked: () => false,
  };
}

/** Marks that stand for what is filled in; no keyboard writes them. */
const marks = { code: "\u{E000}", link: "\u{E001}" };
const otherMark = "\u{E002}";

function fill(text: string, usageType: string): string {
  const roots = rootsOf(usageType);
  return text.replaceAll(handlebars, (written, name: string) => {
    const [root = "", ...rest] = name.split(".");
    if (!roots.includes(root as Root)) return written;
    const known: string[] = fields[root as Root];
    const field = rest.join(".");
    const isKnown =
      known.length === 0
        ? field === ""
        : known.includes(field) || (known.includes("profile.*") && /^profile\.\w/.test(field));
    if (!isKnown) return written;
    return root === "code" || root === "link" ? marks[root] : otherMark;
  });
}

/** The variables as a sentence lists them: `{{code}}, {{application.…}} (id, name)`. */
function variablesOf(usageType: string): string {
  return rootsOf(usageType)
    .map((root) =>
      fields[root].length === 0 ? `{{${root}}}` : `{{${root}.…}} (${fields[root].join(", ")})`,
    )
    .join(", ");
}

const words =
  "code|link|otp|pin|passcode|verification[ _-]?code|user(?:[._]\\w+)?|application(?:[._]\\w+)?|organization(?:[._]\\w+)?|inviter(?:[._]\\w+)?|e?-?mail|(?:user|app)?_?name";

/** What other template languages write for a variable. Single brackets count only around such a name. */
const unfilled = [
  /\{\{[^{}]{0,100}\}\}/g,
  /\{%[^%{}]{0,100}%\}/g,
  /<%[^<>%]{0,100}%>/g,
  /%%[\w .-]{1,100}%%/g,
  /[$#]\{[\w .-]{1,100}\}/g,
  /\*\|[\w: .-]{1,100}\|\*/g,
  /\[\[[\w .-]{1,100}\]\]/g,
  new RegExp(`(?<![{$#])\\{ ?(?:${words}) ?\\}(?!\\})`, "gi"),
  new RegExp(`(?<![\\w%])%(?:${words})%(?![\\w%])`, "gi"),
  new RegExp(`(?<!\\[)\\[ ?(?:${words}) ?\\](?!\\])`, "gi"),
  new RegExp(`(?<!\\w)__(?:${words})__(?!\\w)`, "gi"),
];

/** The variables that Logto leaves in the texts, each once. */
function leftovers(texts: string[]): string[] {
  const found = texts.flatMap((text) =>
    unfilled.flatMap((pattern) => [...text.matchAll(pattern)].map(([written]) => written)),
  );
  return [...new Set(found)];
}
