import { resourceRule, type Subject } from "../rule";
import { randomBytes, randomPassword } from "../types";

/** Checks that a generated password is too long to be guessed, with any number of tries. */
export const randomPasswordsAreLong = resourceRule({
  name: "random-passwords-are-long",
  description:
    "Checks that generated passwords are long enough for the characters they are made of.",
  level: "mandatory",
  types: [randomPassword, randomBytes],
  options: {
    leastBits: {
      type: "integer",
      default: 96,
      description: "Bits of chance in a password, at least; 17 letters and digits hold 101.",
    },
  },
  *demands(subject, { leastBits }) {
    yield {
      property: "length",
      exception: { leastBits: "NUMBER" },
      must: `be enough for ${leastBits} bits of chance: make it 32`,
      isMet: () => bitsOf(subject) >= leastBits,
    };
  },
});

function bitsOf({ type, value }: Subject): number {
  const length = Number(value("length") ?? 0);
  if (type === randomBytes) return length * 8;
  const of = (name: string, count: number, otherName = name) =>
    (value(name) ?? value(otherName)) === false ? 0 : count;
  const special = value("overrideSpecial");
  const specials = typeof special === "string" && special !== "" ? new Set(special).size : 18;
  const characters =
    of("lower", 26) + of("upper", 26) + of("numeric", 10, "number") + of("special", specials);
  return characters === 0 ? 0 : length * Math.log2(characters);
}
