/** The list of runs: the pattern of every list screen. */
import { Select } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  durationBetween,
  EmptyState,
  FilterBar,
  Moment,
  PageHeader,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListPage } from "@/lists/ListPage";
import { useListSearch } from "@/lists/useListSearch";
import { runsQuery, type Run } from "./api";
import { runMessages as text } from "./messages";
import { RunState, runStates } from "./RunState";

const route = getRouteApi("/_app/runs/");

const columns: Column<Run>[] = [
  {
    key: "run",
    header: text.columns.run,
    cell: (run) => (
      <AppLink to="/runs/$runId" params={{ runId: run.id }} className="or-mono">
        {run.id.slice(-12)}
      </AppLink>
    ),
  },
  { key: "date", header: text.columns.date, cell: (run) => <BusinessDate date={run.reporting_date} /> },
  { key: "state", header: text.columns.state, cell: (run) => <RunState state={run.state} /> },
  { key: "started", header: text.columns.started, cell: (run) => <Moment at={run.started_at} /> },
  {
    key: "duration",
    header: text.columns.duration,
    isNumber: true,
    cell: (run) =>
      run.started_at && run.finished_at ? durationBetween(run.started_at, run.finished_at) : text.notFinished,
  },
];

export function RunList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(runsQuery(search));
  return (
    <>
      <PageHeader title={text.title} description={text.description} />
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <Select
          aria-label={text.filterState}
          placeholder={text.anyState}
          clearable
          data={runStates.map((state) => ({ value: state, label: text.states[state] }))}
          value={search.state ?? null}
          onChange={(state) => list.setFilter({ state: runStates.find((one) => one === state) })}
        />
      </FilterBar>
      <ListPage
        query={query}
        columns={columns}
        label={text.title}
        rowKey={(run) => run.id}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={<EmptyState title={text.firstUseTitle}>{text.firstUse}</EmptyState>}
        paging={list.paging}
      />
    </>
  );
}
