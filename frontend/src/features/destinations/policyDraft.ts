/** How a destination is served, as a form holds it: percent and kilobytes, and numbers that are still missing. */
import { formMessages } from "@/forms/messages";
import type { DeliveryPolicy } from "./api";

export interface PolicyDraft {
  attempts: number | null;
  first_delay_seconds: number | null;
  longest_delay_seconds: number | null;
  jitter_percent: number | null;
  deadline_minutes: number | null;
  max_transfers: number | null;
  /** Empty: no limit. */
  kilobytes_per_second: number | null;
  files_per_minute: number | null;
  checksum_file: boolean;
  control_file: { name: string; content: string } | null;
}

/** The usual policy of a destination, as the server has it. */
export const usualPolicy: DeliveryPolicy = {
  retry: {
    attempts: 10,
    first_delay_seconds: 30,
    longest_delay_seconds: 3600,
    jitter: 0.2,
    deadline_minutes: 720,
  },
  pace: { max_transfers: 4, bytes_per_second: null, files_per_minute: null },
  checksum_file: false,
  control_file: null,
};

/** What a control file says when it is switched on. */
export const usualControlFile = {
  name: "{name}.ctl",
  content:
    "name={name}\nsize={size_bytes}\nrecords={records}\nsha256={sha256}\nreporting_date={reporting_date}\n",
};

const BYTES = 1000;

export function draftOf({ retry, pace, checksum_file, control_file }: DeliveryPolicy): PolicyDraft {
  const speed = pace?.bytes_per_second ?? null;
  return {
    attempts: retry?.attempts ?? null,
    first_delay_seconds: retry?.first_delay_seconds ?? null,
    longest_delay_seconds: retry?.longest_delay_seconds ?? null,
    jitter_percent: Math.round((retry?.jitter ?? 0) * 100),
    deadline_minutes: retry?.deadline_minutes ?? null,
    max_transfers: pace?.max_transfers ?? null,
    kilobytes_per_second: speed === null ? null : speed / BYTES,
    files_per_minute: pace?.files_per_minute ?? null,
    checksum_file: checksum_file ?? false,
    control_file: control_file
      ? {
          name: control_file.name ?? usualControlFile.name,
          content: control_file.content ?? usualControlFile.content,
        }
      : null,
  };
}

/** What is sent; to be asked once ``faultsOfPolicy`` finds nothing. */
export function policyOf(draft: PolicyDraft): DeliveryPolicy {
  return {
    retry: {
      attempts: draft.attempts ?? 1,
      first_delay_seconds: draft.first_delay_seconds ?? 1,
      longest_delay_seconds: draft.longest_delay_seconds ?? 1,
      jitter: (draft.jitter_percent ?? 0) / 100,
      deadline_minutes: draft.deadline_minutes ?? 1,
    },
    pace: {
      max_transfers: draft.max_transfers ?? 1,
      bytes_per_second:
        draft.kilobytes_per_second === null ? null : Math.round(draft.kilobytes_per_second * BYTES),
      files_per_minute: draft.files_per_minute,
    },
    checksum_file: draft.checksum_file,
    control_file: draft.control_file,
  };
}

const NEEDED = [
  "attempts",
  "first_delay_seconds",
  "longest_delay_seconds",
  "jitter_percent",
  "deadline_minutes",
  "max_transfers",
] as const satisfies readonly (keyof PolicyDraft)[];

/** By the name of the field; the server looks at the rest. */
export function faultsOfPolicy(draft: PolicyDraft): Record<string, string> {
  const missing: string[] = NEEDED.filter((name) => draft[name] === null);
  if (draft.control_file?.name.trim() === "") missing.push("control_name");
  if (draft.control_file?.content.trim() === "") missing.push("control_content");
  return Object.fromEntries(missing.map((name) => [name, formMessages.required]));
}

/** The waits between attempts in seconds, without their jitter: they double up to the longest. */
export function waitsOf(draft: PolicyDraft): number[] {
  const { attempts, first_delay_seconds: first, longest_delay_seconds: longest } = draft;
  if (attempts === null || first === null || longest === null) return [];
  return Array.from({ length: attempts - 1 }, (_, index) => Math.min(first * 2 ** index, longest));
}
