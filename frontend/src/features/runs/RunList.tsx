/** The list of runs: states as tabs, filters in the URL, fresh without rows moving under the cursor. */
import { Button, Group } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  EmptyState,
  formatDuration,
  formatNumber,
  Moment,
  PageHeader,
  type Column,
} from "@openreg/ui";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { ListPage } from "@/lists/ListPage";
import { useListSearch } from "@/lists/useListSearch";
import { useSteadyRows } from "@/lists/useSteadyRows";
import { useMay } from "@/features/account/api";
import { runsQuery, type Run } from "./api";
import { runMessages as text } from "./messages";
import { RunFilterBar } from "./RunFilterBar";
import { RunState } from "./RunState";
import { RunStateTabs } from "./RunStateTabs";
import { StartRunDialog } from "./StartRunDialog";

const route = getRouteApi("/_app/runs/");

const columns: Column<Run>[] = [
  {
    key: "run",
    header: text.columns.run,
    cell: (run) => (
      <Group gap="xs" wrap="nowrap">
        <AppLink to="/runs/$runId" params={{ runId: run.id }} className="or-mono">
          {run.id.slice(-12)}
        </AppLink>
        {run.parent_run_id && (
          <AppLink to="/runs/$runId" params={{ runId: run.parent_run_id }} size="xs">
            {text.supplementOf(run.parent_run_id.slice(-12))}
          </AppLink>
        )}
      </Group>
    ),
  },
  { key: "report", header: text.columns.report, cell: (run) => run.report_name },
  {
    key: "date",
    header: text.columns.date,
    sortKey: "reporting_date",
    cell: (run) => <BusinessDate date={run.reporting_date} />,
  },
  {
    key: "state",
    header: text.columns.state,
    cell: (run) => <RunState state={run.state} isHeld={run.is_held} />,
  },
  {
    key: "created",
    header: text.columns.started,
    sortKey: "created_at",
    cell: (run) => <Moment at={run.created_at} />,
  },
  {
    key: "duration",
    header: text.columns.duration,
    isNumber: true,
    cell: (run) => (run.seconds === null ? text.notFinished : formatDuration(run.seconds)),
  },
  { key: "in", header: text.columns.rowsIn, isNumber: true, cell: (run) => formatNumber(run.rows_in) },
  { key: "out", header: text.columns.rowsOut, isNumber: true, cell: (run) => formatNumber(run.rows_out) },
  { key: "aside", header: text.columns.setAside, isNumber: true, cell: (run) => formatNumber(run.set_aside) },
];

export function RunList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(runsQuery(search));
  const [isStarting, setIsStarting] = useState(false);
  const mayStart = useMay("runs:start");
  const steady = useSteadyRows(JSON.stringify(search), query.data?.items, query.isPlaceholderData);
  const start = mayStart && (
    <Button leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={() => setIsStarting(true)}>
      {text.start.button}
    </Button>
  );
  return (
    <>
      <PageHeader title={text.title} description={text.description} actions={start} />
      <RunStateTabs search={search} />
      <RunFilterBar search={search} list={list} />
      {steady.newCount > 0 && (
        <Button variant="light" fullWidth mb="sm" onClick={steady.showNew}>
          {text.newRuns(steady.newCount)}
        </Button>
      )}
      <ListPage
        query={{
          ...query,
          data: query.data && { ...query.data, items: steady.rows },
          // Looking again every few seconds is not worth a moving bar.
          isFetching: query.isPlaceholderData,
        }}
        columns={columns}
        label={text.title}
        rowKey={(run) => run.id}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={
          <EmptyState title={text.firstUseTitle} action={start}>
            {text.firstUse}
          </EmptyState>
        }
        sorting={{ sort: search.sort ?? "-created_at", onSort: list.sorting.onSort }}
        paging={list.paging}
      />
      <StartRunDialog isOpen={isStarting} onClose={() => setIsStarting(false)} />
    </>
  );
}
