/** All reconciliations, newest first. */
import {
  AppLink,
  FilterBar,
  LinkButton,
  SearchFilter,
  TimeAgo,
  type Column,
  formatNumber,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ReportFilter } from "@/features/runs/ReportFilter";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { reconciliationStates, reconciliationsQuery, type Reconciliation } from "./api";
import { reconciliationMessages as text } from "./messages";
import { ReconciliationStateBadge } from "./ReconciliationBadges";

const route = getRouteApi("/_app/reconciliations/");

const shown = (one: Reconciliation, count: number) =>
  one.state === "done" ? formatNumber(count) : text.facts.none;

const columns: Column<Reconciliation>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/reconciliations/$reconciliationId" params={{ reconciliationId: one.id }}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "report", header: text.columns.report, cell: (one) => one.report_name },
  {
    key: "period",
    header: text.columns.period,
    cell: (one) => text.period(one.first_date, one.last_date),
  },
  { key: "state", header: text.columns.state, cell: (one) => <ReconciliationStateBadge state={one.state} /> },
  {
    key: "missing",
    header: text.columns.missing,
    isNumber: true,
    cell: (one) => shown(one, one.counts.missing),
  },
  { key: "extra", header: text.columns.extra, isNumber: true, cell: (one) => shown(one, one.counts.extra) },
  {
    key: "different",
    header: text.columns.different,
    isNumber: true,
    cell: (one) => shown(one, one.counts.different),
  },
  { key: "created", header: text.columns.created, cell: (one) => <TimeAgo at={one.created_at} /> },
];

export function ReconciliationList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(reconciliationsQuery(search));
  const mayWrite = useMay("reconciliations:write");
  const create = mayWrite && <LinkButton to="/reconciliations/new">{text.create}</LinkButton>;
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} create={create}>
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
        <ChoiceFilter
          label={text.filterState}
          any={text.anyState}
          choices={choicesOf(reconciliationStates, text.states)}
          value={search.state}
          onChange={(state) => list.setFilter({ state })}
        />
      </FilterBar>
    </ListScreen>
  );
}
