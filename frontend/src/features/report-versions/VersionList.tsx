/** The versions of a report, and what happened to them. */
import { Stack } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  DataTable,
  EmptyState,
  ErrorState,
  Section,
  TimeAgo,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { VersionState } from "@/features/reports/ReportState";
import { versionsQuery, type Version } from "./api";
import { History } from "./History";
import { versionMessages as text } from "./messages";

const route = getRouteApi("/_app/reports/$reportId");

const columns: Column<Version>[] = [
  {
    key: "number",
    header: text.columns.number,
    cell: (version) => (
      <AppLink
        to="/reports/$reportId/versions/$versionId"
        params={{ reportId: version.report_id, versionId: version.id }}
        fw={600}
      >
        {version.number}
      </AppLink>
    ),
  },
  { key: "state", header: text.columns.state, cell: (version) => <VersionState state={version.state} /> },
  { key: "note", header: text.columns.note, cell: (version) => version.note || text.none },
  { key: "created", header: text.columns.created, cell: (version) => <TimeAgo at={version.created_at} /> },
  {
    key: "submitted",
    header: text.columns.submitted,
    cell: (version) => (version.submitted_at ? <TimeAgo at={version.submitted_at} /> : text.none),
  },
  {
    key: "effective",
    header: text.columns.effective,
    cell: (version) =>
      version.effective_from ? (
        <BusinessDate date={version.effective_from} />
      ) : version.activated_at ? (
        <TimeAgo at={version.activated_at} />
      ) : (
        text.none
      ),
  },
];

export function VersionList() {
  const { reportId } = route.useParams();
  const query = useQuery(versionsQuery(reportId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const versions = query.data?.items;
  if (versions?.length === 0) {
    return <EmptyState title={text.firstUseTitle}>{text.firstUse}</EmptyState>;
  }
  return (
    <Stack gap="xl">
      <DataTable
        label={text.tabs.label}
        columns={columns}
        rows={versions}
        rowKey={(version) => version.id}
        isFetching={query.isFetching}
      />
      <Section title={text.history}>
        <History
          reportId={reportId}
          numbers={new Map((versions ?? []).map((version) => [version.id, version.number]))}
        />
      </Section>
    </Stack>
  );
}
