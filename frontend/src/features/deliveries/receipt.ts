/** What was read back at the destination, as its parts are shown. */
import type { Delivery } from "./api";

export interface ReceivedFile {
  server: string;
  path: string;
  sizeBytes: number;
  sha256: string;
  modifiedAt: string | null;
  hostKey: string | null;
  certificate: string | null;
  wasAlreadyThere: boolean;
  resumedAtBytes: number;
}

export interface Receipt extends ReceivedFile {
  /** What followed the file: its checksum, its control file. */
  companions: ReceivedFile[];
}

type Stored = NonNullable<Delivery["receipt"]>;

/** Undefined until the file has arrived. */
export function receiptOf(receipt: Delivery["receipt"]): Receipt | undefined {
  if (!receipt) return undefined;
  const companions = Array.isArray(receipt["companions"]) ? receipt["companions"] : [];
  return { ...fileOf(receipt), companions: companions.filter(isStored).map(fileOf) };
}

function fileOf(stored: Stored): ReceivedFile {
  return {
    server: textOf(stored["server"]) ?? "",
    path: textOf(stored["remote_path"]) ?? "",
    sizeBytes: Number(stored["size_bytes"] ?? 0),
    sha256: textOf(stored["sha256"]) ?? "",
    modifiedAt: textOf(stored["remote_modified_at"]),
    hostKey: textOf(stored["host_key_fingerprint"]),
    certificate: textOf(stored["certificate_fingerprint"]),
    wasAlreadyThere: stored["was_already_there"] === true,
    resumedAtBytes: Number(stored["resumed_at_bytes"] ?? 0),
  };
}

export interface DeliveryFault {
  message: string;
  fix: string | null;
}

/** Why an attempt failed, and what to do about it. */
export function faultOf(error: Delivery["last_error"]): DeliveryFault | undefined {
  if (!error) return undefined;
  return {
    message: textOf(error["message"]) ?? textOf(error["code"]) ?? "",
    fix: textOf(error["fix"]),
  };
}

function isStored(value: unknown): value is Stored {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
