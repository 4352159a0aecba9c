import { type Offer, type Refusal, skip, submit } from "./api.js";
import { alertThat } from "./dialog.js";
import type { Handlers } from "./forms.js";
import { showError } from "./forms.js";
import { remember } from "./memory.js";
import { follow, go, goBack, text } from "./page.js";
import { toast } from "./toast.js";

/** What a sign-in or a registration can lack or meet in the end. The one can turn into the other underway. */
export function onCompletion(event: () => "SignIn" | "Register"): Handlers {
  return {
    "user.missing_profile": ({ data, message }) => {
      const [step] = (data as { missingProfile?: string[] } | undefined)?.missingProfile ?? [];
      if (step === undefined || !steps.includes(step)) {
        toast(message);
        return;
      }
      remember({ event: event() });
      return go(`/continue/${step}`, { replace: true });
    },
    // These pages can bind neither a second factor nor a passkey, so where people may do without, they do.
    "user.suggest_mfa": () => goOnWithout("mfa"),
    "user.passkey_preferred": () => goOnWithout("passkey"),
    "session.mfa.suggest_additional_mfa": () => goOnWithout("mfa-suggestion"),
    "user.missing_mfa": async ({ data, message }) => {
      if ((data as { skippable?: boolean } | undefined)?.skippable !== true) {
        toast(message);
        return;
      }
      await goOnWithout("mfa");
    },
    "session.email_blocklist.email_not_allowed": tellAndGoBack,
    "session.email_blocklist.email_subaddressing_not_allowed": tellAndGoBack,
  };
}

async function goOnWithout(offer: Offer): Promise<void> {
  await skip(offer);
  await follow(await submit());
}

const steps = ["username", "password", "email", "phone", "emailOrPhone"];

/** For what cannot be mended on this page. */
export async function tellAndGoBack({ message }: Refusal): Promise<void> {
  await alertThat(message);
  await goBack();
}

/** What is wrong with a new password. */
export const onNewPassword: Handlers = {
  "password.rejected": ({ data, message }) => {
    showError(describe(data as Issue[] | undefined) ?? message);
  },
  "user.same_password": ({ message }) => showError(message),
};

interface Issue {
  code: string;
  interpolation?: Record<string, string | number>;
}

/** The first of these is shown, and alone. */
const single = [
  "error.password_rejected.unsupported_characters",
  "error.password_rejected.too_short",
  "error.password_rejected.character_types",
  "error.password_rejected.too_long",
  "error.password_rejected.pwned",
] as const;

/** These are shown in one sentence. */
const restricted = [
  "error.password_rejected.restricted.repetition",
  "error.password_rejected.restricted.sequence",
  "error.password_rejected.restricted.user_info",
  "error.password_rejected.restricted.words",
] as const;

function describe(issues: Issue[] = []): string | undefined {
  const find = (key: string) => issues.find(({ code }) => `error.${code}` === key);
  const first = single.find(find);
  if (first) {
    return text(first, find(first)?.interpolation);
  }
  const found = restricted.filter(find).map((key) => text(key));
  const list = new Intl.ListFormat(document.documentElement.lang).format(found);
  return found.length > 0 ? text("error.password_rejected.restricted_found", { list }) : undefined;
}
