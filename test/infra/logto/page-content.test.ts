import { blockedInCss, blockedInHtml, isShownOnPages } from "../../../infra/logto/page-content";

const endpoint = "http://localhost:3001";

test.each([
  ["https://cdn.example/l.svg", true],
  ["HTTPS://cdn.example/l.svg", true],
  ["data:image/svg+xml,%3Csvg%3E", true],
  ["http://localhost:3001/logo.svg", true],
  ["http://localhost:3000/logo.svg", false],
  ["http://cdn.example/l.svg", false],
  ["//cdn.example/l.svg", false],
  ["ftp://cdn.example/l.svg", false],
  ["file:///l.svg", false],
  ["data:text/html,x", false],
  ["blob:http://localhost:3001/x", true],
])("a picture at %s shows on Logto's pages: %s", (address, isShown) => {
  expect(isShownOnPages(address, endpoint)).toBe(isShown);
});

test.each<[string, string[]]>([
  ["a { background: url(http://x.example/a.png) }", ["url(http://x.example/a.png)"]],
  ["a { background: URL( 'http://x.example/a.png?key=1' ) }", ["url(http://x.example/a.png)"]],
  ["a { background: url(ht\\74p://x.example/a.png) }", ["url(http://x.example/a.png)"]],
  ["@import 'http://x.example/a.css';", ["url(http://x.example/a.css)"]],
  ["@import url(http://x.example/a.css) screen;", ["url(http://x.example/a.css)"]],
  ["@import 'data:text/css,a{}';", ["url(data:text/css,a{})"]],
  ["@font-face { src: url(http://x.example/a.woff2) }", ["url(http://x.example/a.woff2)"]],
  ["a { --logo: url(http://x.example/a.png) }", ["url(http://x.example/a.png)"]],
  [
    "a { background: image-set('http://x.example/a.png' type('image/png') 1x) }",
    ["url(http://x.example/a.png)"],
  ],
  [
    "@media print { a { b: url(http://x.example/1) } c { d: url(http://x.example/1) } }",
    ["url(http://x.example/1)"],
  ],
  ["/* url(http://x.example/a.png) */ a::after { content: 'http://x.example' }", []],
  [
    "a { background: url(https://x.example/a.png), url(data:image/png;base64,AA==), url(/b.png) }",
    [],
  ],
  ["@import 'https://x.example/a.css'; @font-face { src: url(data:font/woff2;base64,AA==) }", []],
  ["a { broken", []],
])("of the CSS %s the pages leave out %j", (css, blocked) => {
  expect(blockedInCss(css, endpoint)).toEqual(blocked);
});

test.each<[string, string[]]>([
  ["<img src=http://x.example/a.png>", ["the src of img"]],
  ["<img srcset='https://x.example/a.png 1x, http://x.example/b.png 2x'>", ["the srcset of img"]],
  ["<p style='background: url(http://x.example/a.png)'>", ["the style of p"]],
  ["<style>a { b: url(http://x.example/a.png) }</style>", ["url(http://x.example/a.png)"]],
  ["<link rel=stylesheet href=http://x.example/a.css>", ["the href of link"]],
  ["<iframe src=http://x.example/></iframe>", ["the src of iframe"]],
  [
    "<video src=https://x.example/a.mp4 poster=http://x.example/a.png>",
    ["the src of video", "the poster of video"],
  ],
  ["<audio><source src=https://x.example/a.mp3></audio>", ["the src of source"]],
  ["<object data=https://x.example/></object>", ["the element object"]],
  ["<script src=https://x.example/a.js></script>", ["the element script"]],
  ["<form action=https://x.example/><button formaction=/own></form>", ["the action of form"]],
  ["<svg><image href=http://x.example/a.png /></svg>", ["the href of image"]],
  [
    "<a href=http://x.example/>a link</a><img src=/a.png><iframe src=https://x.example/></iframe>",
    [],
  ],
])("of the HTML %s the pages leave out %j", (html, blocked) => {
  expect(blockedInHtml(html, endpoint)).toEqual(blocked);
});
