import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readTemplates } from "../../stacks/templates";
import { temporaryFolder } from "../support/programs";
import { json } from "../support/settings";

describe("the templates folder", () => {
  let folder: string;

  beforeEach(() => {
    folder = path.join(temporaryFolder(), "templates");
    cpSync("infra/templates", folder, { recursive: true });
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

  const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);
  const problems = () => {
    const result = readTemplates(folder);
    return "problems" in result
      ? result.problems.map((line) => line.replaceAll(folder, "templates"))
      : [];
  };

  test("holds messages whose type is that of the file", () => {
    rmSync(path.join(folder, "Generic.html"));
    write("Generic.txt", "---\nsubject: ' Your code '\n---\nIt is {{code}}.\n");
    write("OrganizationInvitation.txt", "---\nsubject: Join us\n---\n{{ link }}\n");
    const result = readTemplates(folder) as { templates: object[] };
    expect(result.templates).toContainEqual({
      usageType: "Generic",
      type: "text/plain",
      subject: "Your code",
      content: "It is {{code}}.\n",
    });
    expect(result.templates).toHaveLength(5);
  });

  test.each([
    "{{code}} is your Bookstore code",
    "Your code for Bookstore #1",
    "[Bookstore] Your code: {{ code }}",
    "Bookstore: your code",
    "*Your* code & more",
    '"Bookstore" and "Books": your code',
    "'Tis your code",
    "2020_1",
    "no",
    "- Your code -",
    "Ihr Code für Bücher | 50% günstiger",
  ])("take a subject as the rest of its line: %s", (subject) => {
    write(
      "SignIn.html",
      `\u{FEFF}---\r\n# A note\r\n\r\nsubject:  ${subject} \r\n---\r\n<p>{{code}}</p>\r\n`,
    );
    const { templates } = readTemplates(folder) as { templates: { usageType: string }[] };
    expect(templates.find(({ usageType }) => usageType === "SignIn")).toEqual({
      usageType: "SignIn",
      type: "text/html",
      subject,
      content: "<p>{{code}}</p>\n",
    });
  });

  test.each(["js", "javascript", "coffee", "json", " js", "yaml"])(
    "run nothing that a template brings along: ---%s",
    (language) => {
      const trace = path.join(path.dirname(folder), "trace");
      const program = `{ subject: require("node:fs").writeFileSync(${json(trace)}, "ran") || "A" }`;
      write("SignIn.html", `---${language}\n${program}\n---\n<p>{{code}}</p>`);
      expect(problems()).not.toEqual([]);
      expect(existsSync(trace)).toBe(false);
    },
  );

  test.each<[string, () => void, string]>([
    [
      "a missing type",
      () => rmSync(path.join(folder, "SignIn.html")),
      "templates/SignIn.html (or .txt): is missing",
    ],
    [
      "a message without its code",
      () => write("SignIn.html", "---\nsubject: Hello\n---\n<p>code</p>"),
      "templates/SignIn.html: expected {{code}} in the SignIn template, or its readers get none",
    ],
    [
      "a code in the subject only",
      () => write("SignIn.html", "---\nsubject: '{{code}}'\n---\n<p></p>"),
      "templates/SignIn.html: expected {{code}} in the SignIn template, or its readers get none",
    ],
    [
      "an invitation without its link",
      () => write("OrganizationInvitation.html", "---\nsubject: Join\n---\nCome"),
      "templates/OrganizationInvitation.html: expected {{link}} in the OrganizationInvitation template, or its readers get none",
    ],
    [
      "a message without a subject",
      () => write("Register.html", "<p>{{code}}</p>"),
      "templates/Register.html: subject: expected a text between the two lines of --- at the top",
    ],
    [
      "an empty subject",
      () => write("Register.html", "---\nsubject: ' '\n---\n{{code}}"),
      "templates/Register.html: subject: expected a text between the two lines of --- at the top",
    ],
    [
      "a line in front that says nothing",
      () => write("Register.html", "---\nsubject: >-\n  Your code\n---\n{{code}}"),
      'templates/Register.html: expected a line such as "subject: Your code" between the two of ---',
    ],
    [
      "a subject in YAML's quotes with YAML's escapes",
      () => write("Register.html", '---\nsubject: "Your \\u2713 code"\n---\n{{code}}'),
      "templates/Register.html: subject: expected it without quotes, as it is the rest of its line",
    ],
    [
      "two subjects",
      () => write("Register.html", "---\nsubject: A\nsubject: B\n---\n{{code}}"),
      "templates/Register.html: subject: expected one",
    ],
    [
      "a code that no reader sees",
      () => write("Register.html", "---\nsubject: A\n---\n<!-- {{code}} -->"),
      "templates/Register.html: expected {{code}} where readers see it: it stands only in a comment, an attribute, a style or an element that is hidden or has no contrast",
    ],
    [
      "a subject that stays as it is written",
      () => write("Generic.html", "---\nsubject: {{application.name}}\n---\n{{code}}"),
      "templates/Generic.html: subject: {{application.name}} would stay in the mail: Logto fills {{code}}, {{locale}}, {{uiLocales}} in a message of type Generic",
    ],
    [
      "a program in front",
      () => write("Register.html", "---js\n{ subject: 'A' }\n---\n{{code}}"),
      "templates/Register.html: subject: expected a text between the two lines of --- at the top",
    ],
    [
      "an unknown key",
      () => write("Register.html", "---\nsubject: A\nlanguage: en\n---\n{{code}}"),
      "templates/Register.html: language: unknown key, expected only subject",
    ],
    [
      "an unknown type",
      () => write("Signin.html", "{{code}}"),
      "templates/Signin.html: expected the name to be one of Register, SignIn, ForgotPassword, Generic, OrganizationInvitation, UserPermissionValidation, BindNewIdentifier, MfaVerification, BindMfa, and .html or .txt",
    ],
    [
      "two files for one type",
      () => write("SignIn.txt", "---\nsubject: A\n---\n{{code}}"),
      "templates/SignIn: expected one file, either .html or .txt",
    ],
  ])("may not hold %s", (_case, damage, problem) => {
    damage();
    expect(problems()).toEqual([problem]);
  });

  test("is told all that is wrong with it at once", () => {
    write("SignIn.html", "<p></p>");
    write("Register.html", "---\nsubject: A\n---\n");
    mkdirSync(path.join(folder, "drafts"));
    expect(problems()).toHaveLength(4);
  });
});
