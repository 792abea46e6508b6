/** The keeper of a report's draft, for as long as the editor is open; and what becomes of unsaved text when it closes. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { session } from "@/api/client";
import { draftStore } from "./api";
import type { ReportDocument } from "./document";
import { DraftKeeper, type Snapshot, type StoredDraft } from "./draftKeeper";
import { keepDraft } from "./keptDrafts";

interface OpenDraft {
  reportId: string;
  userId: string | null;
  stored: StoredDraft;
  /** Typed before the session ended; else what is stored. */
  document?: ReportDocument | undefined;
}

export function useDraft({ reportId, userId, stored, document }: OpenDraft): [DraftKeeper, Snapshot] {
  const [keeper] = useState(() => new DraftKeeper(draftStore(reportId), stored, document));
  const snapshot = useSyncExternalStore(keeper.subscribe, keeper.read);
  useEffect(() => {
    // Before the page for signing in takes the place of the editor.
    const stop = session.subscribe(() => {
      if (session.state !== "signed_out" || !keeper.isUnsaved || !userId) return;
      const { document: typed, stored: base } = keeper.read();
      keepDraft(userId, reportId, { document: typed, stored: base, at: new Date().toISOString() });
    });
    return () => {
      stop();
      if (session.state === "signed_in") void keeper.flush();
    };
  }, [keeper, reportId, userId]);
  return [keeper, snapshot];
}
