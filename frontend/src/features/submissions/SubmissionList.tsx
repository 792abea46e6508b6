/** The list of submissions: states as tabs, filters in the URL. */
import { Switch } from "@mantine/core";
import { DateField, FilterBar, SearchFilter } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ReportFilter } from "@/features/runs/ReportFilter";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { ListScreen } from "@/lists/ListScreen";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import { submissionCountsQuery, submissionHolds, submissionsQuery, submissionStates } from "./api";
import { submissionMessages as text } from "./messages";
import { submissionColumns } from "./submissionColumns";

const route = getRouteApi("/_app/submissions/");

export function SubmissionList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(submissionsQuery(search));
  const counts = useQuery(submissionCountsQuery(search)).data?.items;
  return (
    <ListScreen
      text={text}
      list={list}
      query={query}
      columns={submissionColumns}
      rowName={(one) => one.reference}
    >
      <StateTabs text={text} states={submissionStates} current={search.state} counts={counts} />
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
        <ChoiceFilter
          label={text.filterHold}
          choices={submissionHolds.map((hold) => ({ value: hold, label: text.holdName(hold) }))}
          value={search.hold}
          onChange={(hold) => list.setFilter({ hold })}
        />
        <DateField
          aria-label={text.filterFrom}
          title={text.filterFrom}
          value={search.reporting_from ?? ""}
          max={search.reporting_to}
          onChange={(day) => list.setFilter({ reporting_from: day || undefined })}
        />
        <DateField
          aria-label={text.filterTo}
          title={text.filterTo}
          value={search.reporting_to ?? ""}
          min={search.reporting_from}
          onChange={(day) => list.setFilter({ reporting_to: day || undefined })}
        />
        <Switch
          label={text.lateOnly}
          checked={search.is_late ?? false}
          onChange={(event) => list.setFilter({ is_late: event.currentTarget.checked ? true : undefined })}
        />
      </FilterBar>
    </ListScreen>
  );
}
