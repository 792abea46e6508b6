/** Loads what the editor begins with: the report, its draft or its newest version. */
import { Button, Skeleton, Stack } from "@mantine/core";
import { Callout, AppLink, ErrorState, NoPermission } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay, useOwnId } from "@/features/account/api";
import { versionsQuery } from "@/features/report-versions/api";
import { reportQuery, type Report } from "@/features/reports/api";
import { loadDraft } from "./api";
import { blankDocument, readDocument } from "./document";
import type { StoredDraft } from "./draftKeeper";
import { findKeptDraft, forgetKeptDraft, type KeptDraft } from "./keptDrafts";
import { editorMessages as text } from "./messages";
import { ReportEditor } from "./ReportEditor";
import { clock } from "./SaveStateLine";

const route = getRouteApi("/_app/reports/$reportId_/edit");

export function EditorPage() {
  const { reportId } = route.useParams();
  const mayWrite = useMay("reports:write");
  const report = useQuery({ ...reportQuery(reportId), enabled: mayWrite });
  const versions = useQuery({ ...versionsQuery(reportId), enabled: mayWrite });
  // The draft lives in the editor from here on: it is asked for once, each time the editor opens.
  const draft = useQuery({
    queryKey: ["report-draft", reportId],
    queryFn: () => loadDraft(reportId),
    enabled: mayWrite,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (!mayWrite) return <NoPermission permission="reports:write" />;
  const failed = [report, versions, draft].find((query) => query.isError);
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!report.data || !versions.data || draft.data === undefined) return <Skeleton height={480} />;
  if (report.data.body.archived_at) {
    return (
      <Callout
        tone="neutral"
        title={text.archived}
        actions={
          <AppLink to="/reports/$reportId" params={{ reportId }}>
            {text.back}
          </AppLink>
        }
      />
    );
  }
  const newest = versions.data.items[0];
  const begun = newest ? readDocument(newest.document) : blankDocument();
  const nothing = { document: begun, etag: null, revision: null, savedAt: null, savedBy: null };
  return <Opened key={reportId} report={report.data.body} stored={draft.data ?? nothing} />;
}

/** What was typed when a session ended is offered to the same person, before anything else is written. */
function Opened({ report, stored }: { report: Report; stored: StoredDraft }) {
  const userId = useOwnId();
  const [kept, setKept] = useState(() => (userId ? findKeptDraft(userId, report.id) : null));
  const [restored, setRestored] = useState<KeptDraft | null>(null);

  function decide(taken: KeptDraft | null) {
    if (userId) forgetKeptDraft(userId, report.id);
    setRestored(taken);
    setKept(null);
  }

  return (
    <Stack gap="md">
      {kept && (
        <Callout
          tone="warning"
          role="alert"
          title={text.kept.title}
          fix={text.kept.text(clock(kept.at))}
          actions={
            <>
              <Button variant="default" onClick={() => decide(null)}>
                {text.kept.discard}
              </Button>
              <Button onClick={() => decide(kept)}>{text.kept.restore}</Button>
            </>
          }
        />
      )}
      <ReportEditor
        key={restored ? "restored" : "stored"}
        report={report}
        stored={restored?.stored ?? stored}
        document={restored?.document}
      />
    </Stack>
  );
}
