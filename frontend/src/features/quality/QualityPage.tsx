/** Data quality: the newest day of each report, and the trends of the one that is chosen. */
import { Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  DataTable,
  EmptyState,
  ErrorState,
  PageHeader,
  Panel,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { reportQualityQuery, type ReportQuality } from "./api";
import { indicatorColumns } from "./indicatorColumns";
import { qualityMessages as text } from "./messages";
import { SeverityBadge } from "./SeverityBadge";
import { Trends } from "./Trends";

const route = getRouteApi("/_app/quality/");

const columns: Column<ReportQuality>[] = [
  {
    key: "report",
    header: text.report,
    cell: (one) => (
      <AppLink from="/quality/" to="/quality" search={(previous) => ({ ...previous, report: one.report_id })}>
        {one.report_name}
      </AppLink>
    ),
  },
  { key: "day", header: text.day, cell: (one) => <BusinessDate date={one.latest.day} /> },
  { key: "state", header: text.state, cell: (one) => <SeverityBadge severity={one.latest.severity} /> },
  ...indicatorColumns<ReportQuality>((one) => one.latest),
];

export function QualityPage() {
  const search = route.useSearch();
  const query = useQuery(reportQualityQuery());
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const reports = query.data?.items;
  const chosen = reports?.find((one) => one.report_id === search.report) ?? reports?.[0];
  return (
    <>
      <PageHeader title={text.title} description={text.description} />
      {reports === undefined && <Skeleton height={320} />}
      {reports?.length === 0 && <EmptyState title={text.firstUseTitle}>{text.firstUse}</EmptyState>}
      {reports && chosen && (
        <Stack gap="lg">
          <Panel title={text.latest}>
            <DataTable label={text.latest} columns={columns} rows={reports} rowKey={(one) => one.report_id} />
          </Panel>
          <Trends key={chosen.report_id} report={chosen} />
        </Stack>
      )}
    </>
  );
}
