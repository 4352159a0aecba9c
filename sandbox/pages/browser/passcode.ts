/** The six fields of a code, used as one. */
export interface Passcode {
  /** What is filled in so far. */
  read: () => string;
  /** Empties the fields and starts over. */
  clear: () => void;
  readonly length: number;
}

/** Moves from field to field, spreads what is pasted, and says when the last digit is there. */
export function watchPasscode(onComplete: (code: string) => void): Passcode {
  const inputs = [...document.querySelectorAll<HTMLInputElement>(".passcode input")];
  const read = () => inputs.map(({ value }) => value).join("");
  const focus = (index: number) => inputs[Math.max(0, Math.min(index, inputs.length - 1))]?.focus();

  const spread = (text: string, from: number) => {
    const digits = text.replaceAll(/\D/g, "").slice(0, inputs.length - from);
    Array.from(digits).forEach((digit, offset) => {
      const input = inputs[from + offset];
      if (input) {
        input.value = digit;
      }
    });
    if (digits === "") {
      return;
    }
    focus(from + digits.length);
    if (inputs.every(({ value }) => value !== "")) {
      onComplete(read());
    }
  };

  inputs.forEach((input, index) => {
    input.addEventListener("focus", () => input.select());
    input.addEventListener("input", () => {
      const typed = input.value;
      input.value = "";
      spread(typed, index);
    });
    input.addEventListener("paste", (event) => {
      event.preventDefault();
      spread(event.clipboardData?.getData("text") ?? "", index);
    });
    input.addEventListener("keydown", (event) => {
      switch (event.key) {
        case "Backspace":
          event.preventDefault();
          if (input.value === "") {
            focus(index - 1);
          }
          (inputs[input.value === "" ? index - 1 : index] ?? input).value = "";
          break;
        case "ArrowLeft":
          event.preventDefault();
          focus(index - 1);
          break;
        case "ArrowRight":
          event.preventDefault();
          focus(index + 1);
          break;
        // A field for numbers would count with these.
        case "ArrowUp":
        case "ArrowDown":
          event.preventDefault();
          break;
      }
    });
  });

  focus(0);
  return {
    read,
    clear: () => {
      for (const input of inputs) {
        input.value = "";
      }
      focus(0);
    },
    length: inputs.length,
  };
}
