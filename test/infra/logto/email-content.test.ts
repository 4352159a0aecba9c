import { replaceSendMessageHandlebars } from "@logto/connector-kit";
import fc from "fast-check";
import { templateProblems } from "../../../infra/logto/email-content";

const html = (content: string, usageType = "SignIn") =>
  templateProblems({ usageType, type: "text/html", subject: "Your code", content });
const plain = (content: string, usageType = "SignIn") =>
  templateProblems({ usageType, type: "text/plain", subject: "Your code", content });

const hidden = [
  "<!-- {{code}} -->",
  "<!--[if mso]><p>{{code}}</p><![endif]-->",
  '<p style="display:none">{{code}}</p>',
  '<div style="DISPLAY: None !important"><p>{{code}}</p></div>',
  '<p style="visibility:hidden">{{code}}</p>',
  '<p style="opacity: 0">{{code}}</p>',
  '<p style="font-size:0">{{code}}</p>',
  '<p style="font-size: 1px"><b>{{code}}</b></p>',
  '<p style="font: 0/0 a">{{code}}</p>',
  '<p style="font-size:0"><b style="font-size:2em">{{code}}</b></p>',
  "<p hidden>{{code}}</p>",
  '<p style="color:#fff;background:#fff">{{code}}</p>',
  '<p style="color: rgb(255, 255, 255)">{{code}}</p>',
  '<table><tr><td bgcolor="#000000"><font color="black">{{code}}</font></td></tr></table>',
  '<div style="background-color:navy"><p style="color:#000080">{{code}}</p></div>',
  '<p style="color: transparent">{{code}}</p>',
  '<p style="max-height:0;overflow:hidden">{{code}}</p>',
  '<p style="text-indent:-9999px">{{code}}</p>',
  '<p style="position:absolute;left:-9999px">{{code}}</p>',
  "<style>p { display: none }</style><p>{{code}}</p>",
  "<style>.box .code { font-size: 0 }</style><div class=box><p class=code>{{code}}</p></div>",
  "<title>{{code}}</title><p>Hello</p>",
  "<style>/* {{code}} */</style><p>Hello</p>",
  "<script>{{code}}</script><p>Hello</p>",
  "<template>{{code}}</template>",
  '<a href="https://b.example/?code={{code}}">Sign in</a>',
  '<img alt="{{code}}" src="https://b.example/a.png">',
  '<input type="hidden" value="{{code}}">',
];

test.each(hidden)("a code that no reader sees is refused: %s", (content) => {
  expect(html(content)).toEqual([
    {
      part: "content",
      message:
        "expected {{code}} where readers see it: it stands only in a comment, an attribute, a style or an element that is hidden or has no contrast",
    },
  ]);
});

test.each([
  "{{code}}",
  "<p>{{ code }}</p>",
  "<noscript><p>{{code}}</p></noscript>",
  '<table><td style="font-size:0"><div style="font-size:13px">{{code}}</div></td></table>',
  '<div style="visibility:hidden"><p style="visibility:visible">{{code}}</p></div>',
  '<table><td bgcolor="black"><font color="#fff">{{code}}</font></td></table>',
  '<table><td background="https://b.example/dark.png" style="color:white">{{code}}</td></table>',
  '<p style="display:none">Preview {{code}}</p><p>{{code}}</p>',
  "<!--[if !mso]><!--><p>{{code}}</p><!--<![endif]-->",
  "<style>@media (max-width: 600px) { p { display: none } }</style><p>{{code}}</p>",
  "<style>a:hover, :nonsense(x) { display: none }</style><p>{{code}}</p>",
  '<p style="color:#7A3E1D;opacity:.8">{{code}}</p>',
  '<p style="max-height:0">{{code}}</p>',
  '<p style="font: 700 32px/1.2 Arial">{{code}}</p>',
  `${"<div>".repeat(20_000)}{{code}}`,
])("a code that readers see passes: %#", (content) => {
  expect(html(content)).toEqual([]);
});

test("a link is seen as a text, and where an element that is seen leads there", () => {
  const invitation = (content: string) => html(content, "OrganizationInvitation");
  expect(invitation('<a href="{{link}}">Join {{organization.name}}</a>')).toEqual([]);
  expect(invitation("<p>{{link}}</p>")).toEqual([]);
  expect(invitation('<a href="{{link}}" style="display:none">Join</a>')).toHaveLength(1);
  expect(invitation('<img src="{{link}}">')).toHaveLength(1);
});

test.each<[string, string, string]>([
  ["a field of a person that there is not", "SignIn", "{{ user.email }}"],
  ["a person where Logto knows none", "SignIn", "{{user.name}}"],
  ["another name of a person's address", "BindNewIdentifier", "{{user.email}}"],
  ["an application's secret", "SignIn", "{{application.secret}}"],
  ["an application as a whole", "SignIn", "{{application}}"],
  ["a part of a code", "SignIn", "{{code.first}}"],
  ["a link in a message with a code", "SignIn", "{{link}}"],
  ["an application in a generic message", "Generic", "{{application.name}}"],
  ["a picture's address", "SignIn", "{{logoUrl}}"],
  ["a variable with a hyphen", "SignIn", "{{user-name}}"],
  ["a filter", "SignIn", "{{ code | upcase }}"],
  ["a block", "SignIn", "{{#if organization}}"],
  ["what every object has", "SignIn", "{{toString}}"],
  ["percent signs", "SignIn", "%%CODE%%"],
  ["single percent signs", "SignIn", "%code%"],
  ["single braces", "SignIn", "{code}"],
  ["a dollar sign", "SignIn", "${code}"],
  ["brackets", "SignIn", "[[code]]"],
  ["a mail service's own", "SignIn", "*|CODE|*"],
  ["underscores", "SignIn", "__CODE__"],
  ["a tag of Liquid", "SignIn", "{% if code %}"],
])("%s would stay in a mail and is refused, in content and subject", (_, usageType, written) => {
  const message = expect.stringContaining(
    `${written} would stay in the mail: Logto fills {{code}}`,
  ) as string;
  const part = "content";
  expect(plain(`{{code}} ${written}`, usageType)).toEqual([{ part, message }]);
  expect(html(`<p>{{code}} ${written}</p>`, usageType)).toEqual([{ part, message }]);
  expect(
    templateProblems({ usageType, type: "text/plain", subject: written, content: "{{code}}" }),
  ).toEqual([{ part: "subject", message }]);
});

test("a variable is refused in what a mail program shows or loads of an element, and as entities", () => {
  const left = (content: string) => html(`{{code}}${content}`).length;
  expect(left('<img src="{{logoUrl}}">')).toBe(1);
  expect(left('<a href="https://b.example/{{user.id}}">Help</a>')).toBe(1);
  expect(left("<p>&#123;&#123;code}}</p>")).toBe(1);
  expect(left("<p>{{<b>code</b>}}</p>")).toBe(1);
});

test.each<[string, string]>([
  [
    "SignIn",
    "{{application.name}} {{application.branding.logoUrl}} {{organization.name}} {{locale}}",
  ],
  ["Register", "{{ application.displayName }} {{uiLocales}}"],
  ["UserPermissionValidation", "{{user.primaryEmail}} {{user.profile.givenName}}"],
  ["MfaVerification", "{{user.username}} {{application.id}}"],
])("what Logto fills in a message of type %s passes", (usageType, variables) => {
  expect(plain(`{{code}} ${variables}`, usageType)).toEqual([]);
  expect(html(`<p>{{code}} ${variables}</p>`, usageType)).toEqual([]);
});

test.each([
  "{{code}} {5} 100%code [1] $5 % % {} a__b__c",
  "{{code}} if (x) { return; }",
  "{{code}}\n\n[Bookstore] 50% off, 100 % yours",
])("other braces and signs are text: %s", (content) => {
  expect(plain(content)).toEqual([]);
  expect(html(`<style>.a{color:red}@media print{.b{x:y}}</style><p>${content}</p>`)).toEqual([]);
});

test("a variable is filled here where Logto's own code fills it, and nowhere else", () => {
  const text = fc
    .array(fc.constantFrom("{", "}", "{{", "}}", "code", "link", ".", " ", "\n", "-"), {
      maxLength: 9,
    })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (content) => {
      const sent = replaceSendMessageHandlebars(content, { code: "#" });
      const isShown = plain(content).every(({ message }) => !message.startsWith("expected"));
      // A template without its code is another rule's.
      expect(sent.includes("#") ? isShown : true).toBe(true);
      const stays = /\{\{[^{}]*\}\}/.test(sent.replaceAll("#", ""));
      const isTold = plain(content).some(({ message }) => message.includes("would stay"));
      expect(isTold || !stays || /\{\{[^{}]*#/.test(sent)).toBe(true);
    }),
  );
});

test("a message of a megabyte is read in time", () => {
  const rows = '<tr><td style="color:#333" class="a">{ {{ } % [</td></tr>'.repeat(20_000);
  const css = ".a { color: red } ".repeat(200);
  expect(html(`<style>${css}</style><table>${rows}</table>{{code}}`)).toEqual([]);
});
