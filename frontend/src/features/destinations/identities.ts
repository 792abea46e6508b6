/** By what a server proves itself: how it is read from settings, stops and tests, and what people call it. */
import type { Destination, DestinationTest } from "./api";
import { CERTIFICATE, HOST_KEY } from "./kinds";

export type IdentityName = "host_key" | "certificate";

export interface Shown {
  identity: IdentityName;
  fingerprint: string;
}

export const SETTING_OF: Record<IdentityName, string> = { host_key: HOST_KEY, certificate: CERTIFICATE };

/** The fingerprint that was confirmed, if one was. */
export function confirmedOf(settings: Record<string, unknown>, identity: IdentityName): string | null {
  const pinned = settings[SETTING_OF[identity]];
  return typeof pinned === "string" && pinned !== "" ? pinned : null;
}

/** What the server showed when it was stopped; null where it was stopped for want of it. */
export function shownAtStop(stopped: NonNullable<Destination["stopped"]>): Shown | null {
  if (stopped.shown_certificate) return { identity: "certificate", fingerprint: stopped.shown_certificate };
  if (stopped.shown_host_key) return { identity: "host_key", fingerprint: stopped.shown_host_key };
  return null;
}

/** What a test found that nobody has confirmed. */
export function shownInTest(test: DestinationTest | undefined): Shown | null {
  if (test?.unconfirmed_certificate)
    return { identity: "certificate", fingerprint: test.unconfirmed_certificate };
  if (test?.unconfirmed_host_key) return { identity: "host_key", fingerprint: test.unconfirmed_host_key };
  return null;
}

const plain = (fingerprint: string | null) => fingerprint?.replaceAll(":", "").toLowerCase() ?? null;

/** Whether settings pin something else than what was confirmed, or nothing any more: that needs a reason. */
export function isPinReplaced(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  const [certificate, otherCertificate] = [before, after].map((one) =>
    plain(confirmedOf(one, "certificate")),
  );
  const [hostKey, otherHostKey] = [before, after].map((one) => confirmedOf(one, "host_key"));
  return (
    (certificate !== null && certificate !== otherCertificate) ||
    (hostKey !== null && hostKey !== otherHostKey)
  );
}
