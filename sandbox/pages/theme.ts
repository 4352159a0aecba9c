import type { Color } from "@logto/schemas";

type Rgb = readonly [number, number, number];

/** What the stylesheet needs besides the declared colour, in light and in dark. */
const surfaces = {
  light: {
    page: "#f4f4f6",
    card: "#ffffff",
    text: "#1b1b1f",
    muted: "#5b5e66",
    line: "#868a93",
    faint: "#e3e4e8",
    error: "#b3261e",
    toast: "#2b2c31",
    shadow: "0 1px 2px rgb(20 20 40 / 6%), 0 12px 40px rgb(20 20 40 / 8%)",
  },
  dark: {
    page: "#111114",
    card: "#1d1e22",
    text: "#f2f2f4",
    muted: "#a8abb4",
    line: "#7b7f88",
    faint: "#34363c",
    error: "#ffb4ab",
    toast: "#42444b",
    shadow: "0 1px 2px rgb(0 0 0 / 40%), 0 12px 40px rgb(0 0 0 / 35%)",
  },
} as const;

/** The custom properties of a page. In the dark ones only where dark mode is declared. */
export function theme({ primaryColor, darkPrimaryColor, isDarkModeEnabled }: Color): string {
  const light = `:root{color-scheme:light;${properties("light", primaryColor)}}`;
  const dark = `:root{color-scheme:dark;${properties("dark", darkPrimaryColor)}}`;
  return isDarkModeEnabled ? `${light}@media(prefers-color-scheme:dark){${dark}}` : light;
}

function properties(mode: keyof typeof surfaces, declared: string): string {
  const surface = surfaces[mode];
  const primary = parse(declared) ?? fallback;
  const values = {
    ...surface,
    primary: write(primary),
    // The declared colour is the button's, whatever it is; what stands on it has to be read.
    "on-primary": write(mostReadable(primary)),
    // As text and as the ring around what has the focus it is moved until it can be seen on the card.
    accent: write(readableOn(parse(surface.card) ?? white, primary)),
  };
  return Object.entries(values)
    .map(([name, value]) => `--${name}:${value};`)
    .join("");
}

const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];
/** Logto's own, where what is stored is no colour. */
const fallback: Rgb = [0x61, 0x39, 0xf6];

/** Black or white: one of the two has a contrast of 4.5 at least with any colour. */
export function mostReadable(background: Rgb): Rgb {
  return contrast(white, background) >= 4.5 ? white : black;
}

/** The colour, moved away from the background as far as text in it takes to be read. */
export function readableOn(background: Rgb, color: Rgb): Rgb {
  const target = luminance(background) > 0.5 ? black : white;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(color, target, share);
    if (contrast(mixed, background) >= 4.5) {
      return mixed;
    }
  }
  return target;
}

/** The contrast of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio". */
export function contrast(one: Rgb, other: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(one[index] * (1 - share) + other[index] * share);
  return [channel(0), channel(1), channel(2)];
}

/** `#rgb` and `#rrggbb`, which are what Logto takes. */
export function parse(hex: string): Rgb | undefined {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(hex)?.[1];
  if (digits === undefined) {
    return undefined;
  }
  const full = digits.length === 3 ? digits.replaceAll(/./g, "$&$&") : digits;
  const channel = (at: number) => Number.parseInt(full.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

function write(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
