/** What forms and lists know of the kinds of destinations beside their schemas: order of fields, address, steps. */
import type { Destination, DestinationKindName } from "./api";

export const destinationKinds = [
  "sftp",
  "ftp",
  "s3",
  "email",
  "folder",
] as const satisfies readonly DestinationKindName[];

export const HOST_KEY = "host_key_fingerprint";
export const CERTIFICATE = "certificate_fingerprint";

interface KindFacts {
  /** What one needs in most cases, in order; the rest stands behind "More settings". */
  first: readonly string[];
  /** The secrets of a plain sign-in; SFTP has a choice of its own. */
  secrets: readonly { name: string; isRequired: boolean }[];
  /** What its test consists of. */
  steps: readonly string[];
}

export const KINDS: Record<DestinationKindName, KindFacts> = {
  sftp: {
    first: ["host", "port", "username", "folder"],
    secrets: [],
    steps: ["dns", "tcp", "host_key", "sign_in", "folder", "write"],
  },
  ftp: {
    first: ["host", "security", "port", "username", "folder"],
    secrets: [{ name: "password", isRequired: true }],
    steps: ["dns", "tcp", "encryption", "sign_in", "folder", "write"],
  },
  s3: {
    first: ["host", "bucket", "prefix", "region"],
    secrets: [
      { name: "access_key", isRequired: true },
      { name: "secret_key", isRequired: true },
    ],
    steps: ["dns", "tcp", "bucket", "write"],
  },
  email: {
    first: [
      "host",
      "security",
      "port",
      "username",
      "sender",
      "recipients",
      "subject",
      "max_attachment_bytes",
      "link",
    ],
    secrets: [{ name: "password", isRequired: false }],
    steps: ["dns", "tcp", "encryption", "sign_in", "recipients"],
  },
  folder: { first: ["folder"], secrets: [], steps: ["folder", "write"] },
};

export function kindOf(name: string): DestinationKindName {
  return destinationKinds.find((one) => one === name) ?? "sftp";
}

/** Where it is, in one line. */
export function addressOf({ kind, settings }: Pick<Destination, "kind" | "settings">): string {
  const part = (name: string) => {
    const value = settings[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  const server = part("port") ? `${part("host")}:${part("port")}` : part("host");
  switch (kind) {
    case "email": {
      const recipients = settings["recipients"];
      return Array.isArray(recipients) ? recipients.join(", ") : "";
    }
    case "folder":
      return part("folder");
    case "s3":
      return [server, part("bucket"), part("prefix")].filter(Boolean).join("/");
    default: {
      const folder = part("folder");
      return folder === "" || folder === "." ? server : `${server}/${folder.replace(/^\//, "")}`;
    }
  }
}
