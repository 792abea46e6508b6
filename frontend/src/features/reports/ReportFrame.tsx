/** The head of a report and the way to its parts. */
import { Skeleton } from "@mantine/core";
import { CopyId, ErrorState, LinkButton, PageHeader, TabLink, TabLinks } from "@openreg/ui";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Outlet, useMatchRoute, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { PublishActions } from "@/features/publications/PublishActions";
import { reportQuery } from "./api";
import { reportMessages as text } from "./messages";
import { ReportForm } from "./ReportForm";
import { ReportMenu } from "./ReportMenu";
import { ReportState, VersionState } from "./ReportState";

const route = getRouteApi("/_app/reports/$reportId");

export function ReportFrame() {
  const { reportId } = route.useParams();
  const query = useQuery(reportQuery(reportId));
  const navigate = useNavigate();
  const mayWrite = useMay("reports:write");
  const [isCloning, setIsCloning] = useState(false);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const report = query.data?.body;
  if (!report) return <Skeleton height={220} />;
  return (
    <>
      <PageHeader
        title={report.name}
        meta={
          <>
            <ReportState report={report} />
            {report.active_version && report.in_review_version && <VersionState state="in_review" />}
            <CopyId id={report.id} label={text.copyId} />
          </>
        }
        {...(report.description ? { description: report.description } : {})}
        actions={
          <>
            {mayWrite && !report.archived_at && (
              <LinkButton
                to="/reports/$reportId/edit"
                params={{ reportId }}
                leftSection={<IconPencil size={14} aria-hidden />}
              >
                {report.has_draft ? text.overview.continueAction : text.edit}
              </LinkButton>
            )}
            <PublishActions thing={{ kind: "report", id: reportId, title: report.name }} />
            <ReportMenu report={report} onClone={() => setIsCloning(true)} />
          </>
        }
      />
      <Tabs reportId={reportId} />
      <Outlet />
      <ReportForm
        isOpen={isCloning}
        onClose={() => setIsCloning(false)}
        copied={report}
        onMade={(made) =>
          void navigate({ to: "/reports/$reportId/edit", params: { reportId: made.id }, search: {} })
        }
      />
    </>
  );
}

function Tabs({ reportId }: { reportId: string }) {
  const params = { reportId };
  const isAt = useMatchRoute();
  const tabs = [
    { to: "/reports/$reportId", name: text.tabs.overview },
    { to: "/reports/$reportId/versions", name: text.tabs.versions },
    { to: "/reports/$reportId/settings", name: text.tabs.settings },
  ] as const;
  return (
    <TabLinks label={text.tabs.label}>
      {tabs.map(({ to, name }) => (
        <TabLink key={to} to={to} params={params} isCurrent={isAt({ to, params }) !== false}>
          {name}
        </TabLink>
      ))}
      <TabLink to="/runs" search={{ report_id: reportId }} isCurrent={false}>
        {text.tabs.runs}
      </TabLink>
    </TabLinks>
  );
}
