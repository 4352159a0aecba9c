import type { ZodType, ZodTypeDef } from "zod";
import { connectionFailure, httpClient, json } from "../http-client";
import { redact, withoutSecrets } from "../redact";
import { userError } from "../user-error";
import { refusalOf, setApiKey } from "./refusal";

/** SendGrid's v3 API as the holder of a key sees it. It is only ever read. */
export interface SendGridApi {
  /**
   * The body of `path`, or `undefined` if the key may not read it.
   *
   * @param purpose for the message of a failure: `list the verified senders`
   * @throws a user error for a key that SendGrid does not know and for every other answer, or none
   */
  get<Body>(
    purpose: string,
    path: string,
    shape: ZodType<Body, ZodTypeDef, unknown>,
  ): Promise<Body | undefined>;
}

/** @param timeLimit seconds that one try may take */
export function sendGridApi(endpoint: string, apiKey: string, timeLimit: number): SendGridApi {
  const http = httpClient(endpoint, { timeLimit: timeLimit * 1000, tries: 3 });
  let isKnown = false;

  return {
    async get(purpose, path, shape) {
      const failed = (reason: string) =>
        userError(withoutSecrets(`Could not ${purpose}: ${reason}`, [apiKey]));
      const response = await http(path, { headers: { authorization: `Bearer ${apiKey}` } }).catch(
        (error: unknown) => {
          const code = connectionFailure(error);
          throw code === undefined
            ? error
            : failed(
                `SendGrid at ${endpoint} does not answer (${code}); see https://status.sendgrid.com and logto-stack:email.sendgridEndpoint, run it again, ${switchOff}`,
              );
        },
      );
      const { statusCode: status } = response;
      const refusal = refusalOf(response.body);
      const says = redact(refusal ?? response.body, [apiKey]);
      const answered = `${endpoint}/${path} answered ${status}${says === "" ? "" : `: ${says}`}`;
      if (status === 401 && !isKnown) {
        throw failed(`SendGrid does not know the API key, ${answered}; ${setApiKey}`);
      }
      if (status === 401 || status === 403) return undefined;
      if (status === 429) throw failed(`${answered}; wait a minute and run it again`);
      if (status !== 200) {
        throw failed(`${answered}; see https://status.sendgrid.com, run it again, ${switchOff}`);
      }
      isKnown = true;
      const body = shape.safeParse(json(response.body));
      if (!body.success) {
        throw failed(
          `${endpoint}/${path} answered with a body that is not SendGrid's; is logto-stack:email.sendgridEndpoint right?`,
        );
      }
      return body.data;
    },
  };
}

/** Advice for a user who knows better, or cannot wait. */
export const switchOff = "or do without this check by logto-stack:email.preflight: false";
