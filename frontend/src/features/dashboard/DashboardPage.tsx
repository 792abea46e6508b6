/** What needs me today; asked for again every half minute. */
import { Skeleton, Stack, Text } from "@mantine/core";
import { ErrorState, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { dashboardQuery, type Dashboard } from "./api";
import { Attention } from "./Attention";
import { Checklist } from "./Checklist";
import { DaysPanel } from "./DaysPanel";
import { DeadlinesPanel } from "./DeadlinesPanel";
import { dashboardMessages as text } from "./messages";
import { QualityPanel } from "./QualityPanel";
import { RunsToLookAt } from "./RunsToLookAt";
import { Today } from "./Today";

export function DashboardPage() {
  const query = useQuery(dashboardQuery());
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const found = query.data;
  return (
    <>
      <PageHeader
        title={text.title}
        {...(found ? { description: text.day(found.day, found.time_zone) } : {})}
      />
      {found ? <Parts found={found} /> : <Skeleton height={420} />}
    </>
  );
}

function Parts({ found }: { found: Dashboard }) {
  const seesQuality = useMay("quality:read");
  const seesDeadlines = useMay("schedules:read");
  const isNew = found.checklist?.some((item) => !item.is_done) ?? false;
  const seesNothing =
    !found.runs &&
    !found.approvals &&
    !found.deliveries &&
    !found.checklist &&
    !seesQuality &&
    !seesDeadlines;
  if (seesNothing) return <Text c="dimmed">{text.seeNothing}</Text>;
  return (
    <Stack gap="lg">
      {found.checklist && isNew && <Checklist items={found.checklist} />}
      <Attention found={found} />
      {seesDeadlines && <DeadlinesPanel />}
      {found.runs && <RunsToLookAt runs={found.runs} />}
      {seesQuality && <QualityPanel />}
      {found.runs && <Today today={found.runs.today} />}
      {found.runs && <DaysPanel reports={found.runs.reports} />}
    </Stack>
  );
}
