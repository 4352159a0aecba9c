/** Where the vendor offers the engine and the provider plugins for download. */
const downloads = "https://get.pulumi.com";

/** Short, because everything that the vendor offers has a second way here; a slow answer counts as none. */
const limitInMilliseconds = 3000;

/** Whether the vendor's downloads can be had from this machine. Asked at most once per run. */
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
