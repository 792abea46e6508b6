/** The register of errors and omissions: states as tabs, filters in the URL. */
import { Switch } from "@mantine/core";
import { DateField, FilterBar, LinkButton, SearchFilter } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ReportFilter } from "@/features/runs/ReportFilter";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ExportButton } from "@/lists/ExportButton";
import { ListScreen } from "@/lists/ListScreen";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import {
  entriesQuery,
  entryCountsQuery,
  entryKinds,
  entryStates,
  exportPath,
  foundBy,
  rootCauses,
} from "./api";
import { entryColumns } from "./entryColumns";
import { registerMessages as text } from "./messages";

const route = getRouteApi("/_app/error-register/");

export function EntryList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(entriesQuery(search));
  const counts = useQuery(entryCountsQuery(search)).data?.items;
  const mayWrite = useMay("error_register:write");
  return (
    <ListScreen
      text={text}
      list={list}
      query={query}
      columns={entryColumns}
      rowName={(one) => one.reference}
      create={
        mayWrite && (
          <LinkButton to="/error-register/new" search={{}}>
            {text.create}
          </LinkButton>
        )
      }
      actions={
        <ExportButton path={() => exportPath(search)} fileName="error-register.csv">
          {text.export}
        </ExportButton>
      }
    >
      <StateTabs text={text} states={entryStates} current={search.state} counts={counts} />
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
        <ChoiceFilter
          label={text.filterKind}
          choices={choicesOf(entryKinds, text.kinds)}
          value={search.kind}
          onChange={(kind) => list.setFilter({ kind })}
        />
        <ChoiceFilter
          label={text.filterCause}
          choices={choicesOf(rootCauses, text.causes)}
          value={search.root_cause}
          onChange={(root_cause) => list.setFilter({ root_cause })}
        />
        <ChoiceFilter
          label={text.filterFound}
          choices={choicesOf(foundBy, text.found)}
          value={search.found_by}
          onChange={(found_by) => list.setFilter({ found_by })}
        />
        <DateField
          aria-label={text.filterFrom}
          title={text.filterFrom}
          value={search.discovered_from ?? ""}
          max={search.discovered_to}
          onChange={(day) => list.setFilter({ discovered_from: day || undefined })}
        />
        <DateField
          aria-label={text.filterTo}
          title={text.filterTo}
          value={search.discovered_to ?? ""}
          min={search.discovered_from}
          onChange={(day) => list.setFilter({ discovered_to: day || undefined })}
        />
        <Switch
          label={text.overdueOnly}
          checked={search.is_overdue ?? false}
          onChange={(event) => list.setFilter({ is_overdue: event.currentTarget.checked ? true : undefined })}
        />
      </FilterBar>
    </ListScreen>
  );
}
