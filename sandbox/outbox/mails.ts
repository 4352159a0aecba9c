import { existsSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { logUnexpected } from "../log";
import { type Mail, mailShape } from "./mail";

/** Whatever comes first, this many mails or this much text in them, the oldest make room. */
const limit = { count: 200, characters: 40_000_000 };

/** The mails that were sent, newest first. */
export class Mails {
  private mails: Mail[];
  private readonly listeners = new Set<() => void>();
  private saving: Promise<void> = Promise.resolve();

  /** @param file keeps them over a restart; its codes let a reader sign in, so its mode is 600 */
  constructor(private readonly file?: string) {
    this.mails = file === undefined ? [] : readMails(file);
  }

  list(): readonly Mail[] {
    return this.mails;
  }

  /** Resolves when they are kept. */
  add(added: readonly Mail[]): Promise<void> {
    this.replace([...added.toReversed(), ...this.mails]);
    return this.saving;
  }

  clear(): void {
    this.replace([]);
  }

  /** Tells that something other than the mails has to be shown again. */
  touch(): void {
    this.listeners.forEach((listener) => listener());
  }

  /** Calls back on each change, until what it returns is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Waits until what is kept over a restart is complete. */
  saved(): Promise<void> {
    return this.saving;
  }

  private replace(mails: Mail[]): void {
    this.mails = withinLimit(mails);
    this.saving = this.saving.then(() => this.save());
    this.touch();
  }

  /** At once or not at all: the process may be killed any time. */
  private async save(): Promise<void> {
    if (this.file === undefined) return;
    try {
      await writeFile(`${this.file}.new`, JSON.stringify(this.mails), { mode: 0o600 });
      await rename(`${this.file}.new`, this.file);
    } catch (error) {
      logUnexpected(error);
    }
  }
}

function withinLimit(mails: Mail[]): Mail[] {
  let characters = 0;
  return mails.slice(0, limit.count).filter((mail) => {
    characters += JSON.stringify(mail).length;
    return characters <= limit.characters;
  });
}

/** A file that is not whole, or of another version of this program, is as good as none. */
function readMails(file: string): Mail[] {
  if (!existsSync(file)) return [];
  try {
    return mailShape.array().parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return [];
  }
}
