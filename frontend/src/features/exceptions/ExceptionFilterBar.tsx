import { Button, Switch } from "@mantine/core";
import { FilterBar, SearchFilter } from "@openreg/ui";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useOwnId } from "@/features/account/api";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ExportButton } from "@/lists/ExportButton";
import type { useListSearch } from "@/lists/useListSearch";
import { exportPath, filtersOf, groupsQuery, ORIGINS, type ExceptionSearch } from "./api";
import { exceptionMessages } from "./messages";
import { useAssignees } from "./useAssignees";

const text = exceptionMessages.filters;
const UNASSIGNED = "nobody";

interface ExceptionFilterBarProps {
  search: ExceptionSearch;
  list: ReturnType<typeof useListSearch<ExceptionSearch>>;
}

export function ExceptionFilterBar({ search, list }: ExceptionFilterBarProps) {
  const reports = useQuery(groupsQuery("report", undefined)).data?.items ?? [];
  const rules = useQuery(groupsQuery("rule", undefined)).data?.items ?? [];
  return (
    <FilterBar
      isFiltered={list.isFiltered}
      onClear={list.clear}
      actions={
        <ExportButton path={() => exportPath(filtersOf(search))} fileName="exceptions.csv">
          {exceptionMessages.exportCsv}
        </ExportButton>
      }
    >
      <SearchFilter label={text.text} value={search.q} onChange={(q) => list.setFilter({ q })} />
      <ChoiceFilter
        label={text.report}
        any={text.anyReport}
        choices={reports.map((one) => ({ value: one.value, label: one.name ?? one.value }))}
        value={search.report_id}
        onChange={(report_id) => list.setFilter({ report_id })}
        isSearchable
      />
      <ChoiceFilter
        label={text.rule}
        any={text.anyRule}
        choices={rules.map((one) => ({ value: one.value, label: one.value }))}
        value={search.rule_id}
        onChange={(rule_id) => list.setFilter({ rule_id })}
        isSearchable
      />
      <ChoiceFilter
        label={text.origin}
        any={text.anyOrigin}
        choices={choicesOf(ORIGINS, text.origins)}
        value={search.origin}
        onChange={(origin) => list.setFilter({ origin })}
      />
      <AssigneeFilter search={search} onChange={list.setFilter} />
      <Switch
        label={text.overdue}
        checked={search.is_overdue ?? false}
        onChange={(event) => list.setFilter({ is_overdue: event.currentTarget.checked ? true : undefined })}
      />
      <Switch
        label={text.repeats}
        checked={search.is_repeat ?? false}
        onChange={(event) => list.setFilter({ is_repeat: event.currentTarget.checked ? true : undefined })}
      />
      {search.run_id && (
        <Button
          variant="default"
          rightSection={<IconX size={14} aria-hidden />}
          onClick={() => list.setFilter({ run_id: undefined })}
        >
          {text.run(search.run_id.slice(-12))}
        </Button>
      )}
    </FilterBar>
  );
}

interface AssigneeFilterProps {
  search: ExceptionSearch;
  onChange: (changes: Partial<ExceptionSearch>) => void;
}

function AssigneeFilter({ search, onChange }: AssigneeFilterProps) {
  const ownId = useOwnId();
  const others = useAssignees();
  return (
    <ChoiceFilter
      label={text.assignee}
      any={text.anyAssignee}
      choices={[
        ...(ownId ? [{ value: ownId, label: text.mine }] : []),
        { value: UNASSIGNED, label: text.unassigned },
        ...others.map((one) => ({ value: one.id, label: one.name })),
      ]}
      value={search.is_assigned === false ? UNASSIGNED : search.assignee_id}
      onChange={(chosen) =>
        onChange({
          assignee_id: chosen === UNASSIGNED ? undefined : chosen,
          is_assigned: chosen === UNASSIGNED ? false : undefined,
        })
      }
      isSearchable
    />
  );
}
