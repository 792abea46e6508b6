/**
 * What was typed when a session ended, for the time until the same person is back. In memory only: a closed tab forgets it,
 * and nobody else who signs in here is shown it.
 */
import type { ReportDocument } from "./document";
import type { StoredDraft } from "./draftKeeper";

export interface KeptDraft {
  document: ReportDocument;
  /** What the document was made on: if the server has moved on, that is a conflict as every other. */
  stored: StoredDraft;
  at: string;
}

const kept = new Map<string, KeptDraft>();
const place = (userId: string, reportId: string) => `${userId} ${reportId}`;

export function keepDraft(userId: string, reportId: string, draft: KeptDraft): void {
  kept.set(place(userId, reportId), draft);
}

export function findKeptDraft(userId: string, reportId: string): KeptDraft | null {
  return kept.get(place(userId, reportId)) ?? null;
}

export function forgetKeptDraft(userId: string, reportId: string): void {
  kept.delete(place(userId, reportId));
}
