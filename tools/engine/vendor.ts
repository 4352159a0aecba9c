/** The vendor's address for downloads of the engine and the provider plugins. */
const downloads = "https://get.pulumi.com";

/** Short, because each of the vendor's downloads has a substitute here; a slow answer counts as none. */
const limitInMilliseconds = 3000;

/** Whether the vendor's downloads can be reached from this machine. Checked at most once per run. */
export function vendorProbe(url = downloads): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  return () => (answer ??= isReachable(url));
}

async function isReachable(url: string): Promise<boolean> {
  try {
    await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(limitInMilliseconds) });
    return true;
  } catch {
    return false;
  }
}
