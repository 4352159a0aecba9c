/** A word of a command line. A word without text marks the start of a new command. */
export interface Word {
  text: string;
}

const nextCommand: Word = { text: "" };

/** The words of a shell command. */
export function wordsOfCommand(text: string): Word[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"';|&()]+)|[;|&()\n]/g)].flatMap(
    ([, double, single, bare]) => {
      const word = double ?? single ?? bare;
      if (word === undefined) return [nextCommand];
      // `OPTIONS=--password x`
      return [{ text: /^\w{1,60}=(-.*)$/s.exec(word)?.[1] ?? word }];
    },
  );
}

interface Program {
  /** The option that takes a password; its first group holds what is attached to it. */
  option: RegExp;
  /** The part of its value that is the password. Default: all of it. */
  password?: RegExp;
  /** A word without which the option means something else. */
  needs?: string;
  /** Whether the value must be attached to the option. */
  isAttached?: boolean;
}

const named = (names: string, program: Program) =>
  names.split(" ").map((name) => [name, program] as const);

/** Programs whose option for a password does not say so by name. */
const programs = new Map<string, Program>([
  ...named("sshpass mongo mongosh mongodump mongorestore mongoexport mongoimport cqlsh", {
    option: /^-p(.*)$/s,
  }),
  ...named("rabbitmqadmin ncftpput ncftpget", { option: /^-p(.*)$/s }),
  ...named("mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlbinlog mariadb", {
    option: /^-p(.+)$/s,
    isAttached: true,
  }),
  ...named("mariadb-dump mariadb-admin mariadb-backup 7z 7za 7zz rar unrar", {
    option: /^-p(.+)$/s,
    isAttached: true,
  }),
  ...named("redis-cli valkey-cli keydb-cli", { option: /^-a(.*)$/s }),
  ...named("sqlcmd bcp tsql mosquitto_pub mosquitto_sub ipmitool unzip zip", {
    option: /^-P(.*)$/s,
  }),
  ...named("docker podman nerdctl buildah helm oras crane skopeo regctl az oc", {
    option: /^-p(.*)$/s,
    needs: "login",
  }),
  ...named("ldapsearch ldapmodify ldapadd ldapdelete ldappasswd ldapwhoami ldapcompare", {
    option: /^-w(.*)$/s,
  }),
  ...named("curl", {
    option: /^(?:-[fgiklnqsvILS]{0,10}u|--user|-U|--proxy-user)=?(.*)$/s,
    password: /^[^:]*:(.+)$/s,
  }),
  ...named("lftp", { option: /^-u(.*)$/s, password: /^[^,]*,(.+)$/s }),
  ...named("smbclient rpcclient", { option: /^(?:-U|--user=)(.*)$/s, password: /^[^%]*%(.+)$/s }),
  ...named("openssl", { option: /^-(?:pass|passin|passout|k)()$/, password: /^(?:pass:)?(.+)$/s }),
]);

/** Words that read a password from stdin, which an `echo` before them supplies. */
const readsPassword = /^(?:--password-stdin|--passphrase-fd|chpasswd|sudo)$/;

/** Passwords that words pass to programs by options and positions that only these programs know. */
export function argumentsOfPrograms(
  words: readonly Word[],
): { name: string; value: string; at: number }[] {
  const found: { name: string; value: string; at: number }[] = [];
  for (const [start, end] of commandsIn(words)) {
    const texts = words.slice(start, end).map(({ text }) => text);
    for (const [index, text] of texts.entries()) {
      const name = nameOf(text);
      const program = programs.get(name);
      const last = texts.at(-1) ?? "";
      if (program !== undefined) found.push(...ofProgram(program, name, texts, index, start));
      // `htpasswd -b FILE USER PASSWORD`, and without the file with -n.
      if (name === "htpasswd" && texts.some((one) => /^-[a-zA-Z]*b/.test(one))) {
        const isShown = texts.some((one) => /^-[a-zA-Z]*n/.test(one));
        const places = texts.flatMap((one, at) => (at > index && !one.startsWith("-") ? [at] : []));
        const at = places[isShown ? 1 : 2];
        if (at !== undefined) found.push({ name, value: texts[at] ?? "", at: start + at });
      }
      const piped = words.slice(end + 1, end + 12).map((word) => nameOf(word.text));
      const isPiped = piped.some((one) => readsPassword.test(one));
      if (/^(?:echo|printf)$/.test(name) && isPiped && texts.length > index + 1) {
        found.push({ name, value: last, at: start + texts.length - 1 });
      }
    }
  }
  return found;
}

function ofProgram(
  { option, password, needs, isAttached = false }: Program,
  name: string,
  texts: readonly string[],
  index: number,
  start: number,
) {
  if (needs !== undefined && !texts.includes(needs)) return [];
  // The program that sshpass runs has its own options.
  const end = name === "sshpass" ? index + 2 : texts.length;
  return texts.slice(index + 1, end).flatMap((text, offset) => {
    const attached = option.exec(text)?.[1];
    if (attached === undefined) return [];
    const at = index + 1 + offset + (attached === "" ? 1 : 0);
    const next = texts[at];
    const isOption = attached === "" && (next === undefined || /^-(?!-*$)[A-Za-z-]/.test(next));
    if (isOption || (attached === "" && isAttached)) return [];
    const given = attached === "" ? (next ?? "") : attached;
    const value = password === undefined ? given : password.exec(given)?.[1];
    return value === undefined ? [] : [{ name: text.slice(0, 2), value, at: start + at }];
  });
}

/** The start and the end index of each command's words. */
function commandsIn(words: readonly Word[]): [number, number][] {
  const ends = words.flatMap((word, at) => (word === nextCommand ? [at] : []));
  return [...ends, words.length].map((end, at) => [at === 0 ? 0 : (ends[at - 1] ?? 0) + 1, end]);
}

function nameOf(word: string): string {
  return word.split("/").at(-1) ?? "";
}
