/** The list of runs: states as tabs, filters in the URL, fresh without rows moving under the cursor. */
import { Button, Group } from "@mantine/core";
import { AppLink, BusinessDate, formatDuration, formatNumber, Moment, type Column } from "@openreg/ui";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { ListScreen } from "@/lists/ListScreen";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import { useSteadyRows } from "@/lists/useSteadyRows";
import { useMay } from "@/features/account/api";
import { filtersOf, runCountsQuery, runsQuery, type Run } from "./api";
import { runMessages as text } from "./messages";
import { RunFilterBar } from "./RunFilterBar";
import { RunState } from "./RunState";
import { StartRunDialog } from "./StartRunDialog";
import { runStates } from "./states";

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
  const steady = useSteadyRows(search, useQuery(runsQuery(search)));
  const counts = useQuery(runCountsQuery(filtersOf(search))).data?.items;
  const [isStarting, setIsStarting] = useState(false);
  const mayStart = useMay("runs:start");
  const start = mayStart && (
    <Button leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={() => setIsStarting(true)}>
      {text.start.button}
    </Button>
  );
  return (
    <>
      <ListScreen
        text={text}
        list={list}
        query={steady.query}
        columns={columns}
        create={start}
        sorting={{ sort: search.sort ?? "-created_at", onSort: list.sorting.onSort }}
      >
        <StateTabs text={text} states={runStates} current={search.state} counts={counts} />
        <RunFilterBar search={search} list={list} />
        {steady.newCount > 0 && (
          <Button variant="light" fullWidth mb="sm" onClick={steady.showNew}>
            {text.newRuns(steady.newCount)}
          </Button>
        )}
      </ListScreen>
      <StartRunDialog isOpen={isStarting} onClose={() => setIsStarting(false)} />
    </>
  );
}
