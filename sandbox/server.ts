import http, { type RequestListener } from "node:http";
import https from "node:https";
import { adminTenantId, defaultTenantId } from "@logto/schemas";
import { createApplication } from "./application";
import { type ConfigurationInput, configurationShape } from "./configuration";
import { loadInstalledConnectors } from "./connectors/factories";
import { routeMail } from "./connectors/mail-route";
import { connect } from "./database";
import { hostCheck } from "./http/host-names";
import { closeServer, listenByName } from "./listening";
import { log, logUnexpected } from "./log";
import { removeExpired } from "./oidc/storage";
import { checkPreconditions } from "./preconditions";
import { openTenant } from "./open-tenant";

const hour = 60 * 60 * 1000;

export interface Sandbox {
  /** Address of the tenant `default`. */
  url: string;
  /** Lets the requests that are under way end, and closes the connections to the database. */
  close: () => Promise<void>;
}

/**
 * Starts a server that answers as Logto does, on a database that Logto's own CLI seeded.
 *
 * Like Logto it serves its two tenants from one program: a request is for `admin` when it is addressed
 * to the admin endpoint, or to localhost at the admin port, by its Host header, and for `default` in
 * every other case.
 *
 * Errors: a port that is in use; a database that cannot be reached, is not seeded, or is not as Logto wants it.
 */
export async function startSandbox(input: ConfigurationInput): Promise<Sandbox> {
  const configuration = configurationShape.parse(input);
  const { databaseUrl, endpoint, adminEndpoint, port, adminPort, host, mailServer, tls } =
    configuration;
  routeMail(mailServer);
  const pool = connect(databaseUrl);
  const servers: (http.Server | https.Server)[] = [];
  const cleaning = setInterval(() => void removeExpired(pool).catch(logUnexpected), hour);
  const close = async () => {
    clearInterval(cleaning);
    await Promise.all(servers.map(closeServer));
    await pool.end();
  };
  try {
    const factories = await loadInstalledConnectors();
    const admin = adminEndpoint
      ? await openTenant(pool, { id: adminTenantId, endpoint: adminEndpoint }, factories)
      : undefined;
    const main = await openTenant(pool, { id: defaultTenantId, endpoint }, factories, admin);
    await checkPreconditions(pool);
    await removeExpired(pool);
    const answerDefault = listener(createApplication(main).callback());
    const answerAdmin = admin && listener(createApplication(admin).callback());
    const adminHosts = [
      ...(adminEndpoint ? [new URL(adminEndpoint).host] : []),
      ...(adminPort ? [`localhost:${adminPort}`] : []),
    ];
    const isForUs = hostCheck(host, [endpoint, ...(adminEndpoint ? [adminEndpoint] : [])]);
    const answer: RequestListener = (request, response) => {
      if (!isForUs(request.headers.host)) {
        response.writeHead(421).end(`The sandbox answers as ${endpoint} and on localhost only.`);
        return;
      }
      const isForAdmin = adminHosts.includes(request.headers.host ?? "");
      (isForAdmin && answerAdmin ? answerAdmin : answerDefault)(request, response);
    };
    const ports = [
      port ?? portOf(endpoint),
      ...(adminEndpoint ? [adminPort ?? portOf(adminEndpoint)] : []),
    ];
    for (const own of new Set(ports)) {
      const make = () =>
        tls === undefined
          ? http.createServer(answer)
          : https.createServer({ cert: tls.certificate, key: tls.key }, answer);
      await listenByName(servers, make, own, host);
    }
  } catch (error) {
    await close();
    throw error;
  }
  log("info", "listening", { endpoint, ...(adminEndpoint && { adminEndpoint }), host });
  return { url: endpoint, close };
}

/** Koa answers with a promise that Node's server has no use for. */
function listener(
  answer: (...args: Parameters<RequestListener>) => Promise<void>,
): RequestListener {
  return (request, response) => void answer(request, response);
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === "https:" ? 443 : 80));
}
