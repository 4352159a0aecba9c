import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { emailTemplatesIn, kind } from "../../../infra/logto/email-templates";
import type { ManagementApi } from "../../../infra/logto/management-api";
import { readTemplates } from "../../../stacks/templates";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { temporaryFolder } from "../../support/programs";

jest.setTimeout(60_000);

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

const type = "logto:EmailTemplates";
const template = (templateType: string, subject = "Votre code") => ({
  templateType,
  subject,
  content: "<p>{{code}}</p>",
});
const french = { languageTag: "fr", templates: [template("SignIn"), template("Register")] };
const stored = async (query: string) =>
  ((await logto.get(`/api/email-templates${query}`)) as unknown as ReturnType<typeof template>[])
    .map(({ templateType }) => templateType)
    .sort();

test("languages are told apart, and a template that somebody adds to one stays when it goes", async () => {
  const one = await logto.up(type, french);
  const other = await logto.up(type, { ...french, languageTag: "fr-CA" });
  await logto.send("PUT", "/api/email-templates", {
    templates: [
      {
        ...{ languageTag: "fr", templateType: "Generic" },
        details: { subject: "By hand", content: "{{code}}" },
      },
    ],
  });
  expect(await logto.writesDuring(() => logto.up(type, french, one))).toEqual([]);
  expect(await logto.refresh(type, one)).toEqual(one);
  await logto.destroy(type, one);
  expect(await stored("?languageTag=fr")).toEqual(["Generic"]);
  expect(await stored("?languageTag=fr-CA")).toEqual(["Register", "SignIn"]);
  // One that is there and was not made here is somebody else's language, until it is to be adopted.
  await expect(logto.up(type, french)).rejects.toThrow('declare adopt as "ifPresent"');
  const adopted = await logto.up(type, { ...french, adopt: "ifPresent" });
  expect(await stored("?languageTag=fr")).toEqual(["Generic", "Register", "SignIn"]);
  await logto.destroy(type, adopted);
  expect(await stored("?languageTag=fr")).toEqual(["Generic"]);
  await logto.destroy(type, other);
  await logto.send("DELETE", "/api/email-templates?languageTag=fr");
});

test("all templates of a language are made in one request, and one that changes is sent alone", async () => {
  const made: string[] = await logto.writesDuring(async () => {
    const tracked = await logto.up(type, french);
    const changed = { ...french, templates: [template("SignIn", "Code"), template("Register")] };
    const rest = await logto.writesDuring(() => logto.up(type, changed, tracked));
    expect(rest).toEqual(["PUT /api/email-templates"]);
    await logto.destroy(type, tracked);
  });
  expect(made).toEqual([
    "PUT /api/email-templates",
    "PUT /api/email-templates",
    "DELETE /api/email-templates",
    "DELETE /api/email-templates",
  ]);
});

test.each([
  ["postmark-mail", true],
  ["http-email", true],
  ["simple-mail-transfer-protocol", false],
])(
  "up warns if the e-mail connector takes no notice of templates: %s",
  async (connectorId, isWarned) => {
    const connectors = [
      { type: "Sms", connectorId: "http-sms" },
      { type: "Email", connectorId },
    ];
    const api = { call: () => Promise.resolve(connectors) } as unknown as ManagementApi;
    const before = logto.warnings.length;
    await kind.verify?.(french as never, api);
    const told = logto.warnings.slice(before).join();
    expect(told.includes(`${connectorId}, which takes no notice of EmailTemplates`)).toBe(isWarned);
  },
);

describe("a folder of templates in one language", () => {
  let folder: string;
  beforeEach(() => {
    folder = path.join(temporaryFolder(), "fr");
    mkdirSync(folder);
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true }));
  const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);

  const problemsOf = (wrong: string): string[] => {
    try {
      emailTemplatesIn(wrong);
      return [];
    } catch (error) {
      return (error as Error).message.split("\n");
    }
  };

  test("holds a file for each type, with what stands in front of it", () => {
    write("SignIn.html", "---\nsubject: Votre code\nsendFrom: Librairie\n---\n<p>{{code}}</p>\n");
    write("OrganizationInvitation.txt", "---\nsubject: Venez\nreplyTo: a@b.example\n---\n{{link}}");
    write("README.md", "Notes");
    expect(emailTemplatesIn(folder)).toEqual([
      {
        ...{ templateType: "OrganizationInvitation", contentType: "text/plain" },
        ...{ subject: "Venez", replyTo: "a@b.example", content: "{{link}}\n" },
      },
      {
        ...{ templateType: "SignIn", contentType: "text/html" },
        ...{ subject: "Votre code", sendFrom: "Librairie", content: "<p>{{code}}</p>\n" },
      },
    ]);
  });

  test("ends the program with each file and what is wrong with it, if something is", () => {
    expect(() => emailTemplatesIn(folder)).toThrow("fr: expected at least one template");
    write("SignIn.html", "---\nsubject: Votre code\nfrom: Librairie\n---\n<p>code</p>\n");
    write("Register.html", "---\nsubject: A\nsendFrom: {{user.name}}\n---\n{{code}}");
    write("Signup.html", "{{code}}");
    expect(problemsOf(folder)).toEqual([
      expect.stringContaining("Register.html: sendFrom: {{user.name}} would stay in the mail: "),
      `${folder}/SignIn.html: from: unknown key, expected only subject, replyTo, sendFrom`,
      `${folder}/SignIn.html: expected {{code}} in the SignIn template, or its readers get none`,
      expect.stringContaining("Signup.html: expected the name to be one of Register, SignIn,"),
    ]);
    expect(() => emailTemplatesIn(`${folder}-CA`)).toThrow("expected a folder of e-mail templates");
  });

  test("may lie beside the connector's templates, which have no other folders", () => {
    const whole = path.dirname(folder);
    mkdirSync(path.join(whole, "pt-BR"));
    mkdirSync(path.join(whole, "drafts"));
    const read = readTemplates(whole);
    const problems = "problems" in read ? read.problems : [];
    expect(problems.filter((line) => !line.endsWith("is missing"))).toEqual([
      expect.stringContaining(`${whole}/drafts: expected the name to be one of`),
    ]);
  });
});
