import { type ComponentChildren, Fragment, type VNode } from "preact";

type Elements = Record<string, (content: string) => VNode>;

/** One of Logto's texts with elements in it, such as `Not received yet? <a>Resend it</a>`. Others stay text. */
export function RichText({ text, elements }: { text: string; elements: Elements }): VNode {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(/<(\w+)>(.*?)<\/\1>/g)) {
    const [whole, name = "", content = ""] = match;
    parts.push(text.slice(end, match.index), elements[name]?.(content) ?? content);
    end = match.index + whole.length;
  }
  return (
    <>
      {[...parts, text.slice(end)].map((part, index) => (
        <Fragment key={index}>{part}</Fragment>
      ))}
    </>
  );
}
