import { Button, Select, Switch } from "@mantine/core";
import { FilterBar, SearchFilter, showProblem } from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";
import { useOwnId } from "@/features/account/api";
import type { useListSearch } from "@/lists/useListSearch";
import { exportPath, filtersOf, groupsQuery, type ExceptionSearch } from "./api";
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
  const exporting = useMutation({
    mutationFn: () => download(session.fetch, apiUrl + exportPath(filtersOf(search)), "exceptions.csv"),
    onError: showProblem,
  });
  return (
    <FilterBar
      isFiltered={list.isFiltered}
      onClear={list.clear}
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          loading={exporting.isPending}
          onClick={() => exporting.mutate()}
        >
          {exceptionMessages.exportCsv}
        </Button>
      }
    >
      <SearchFilter label={text.text} value={search.q} onChange={(q) => list.setFilter({ q })} />
      <Select
        aria-label={text.report}
        placeholder={text.anyReport}
        searchable
        clearable
        data={reports.map((one) => ({ value: one.value, label: one.name ?? one.value }))}
        value={search.report_id ?? null}
        onChange={(report) => list.setFilter({ report_id: report ?? undefined })}
      />
      <Select
        aria-label={text.rule}
        placeholder={text.anyRule}
        searchable
        clearable
        data={rules.map((one) => one.value)}
        value={search.rule_id ?? null}
        onChange={(rule) => list.setFilter({ rule_id: rule ?? undefined })}
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
    <Select
      aria-label={text.assignee}
      placeholder={text.anyAssignee}
      searchable
      clearable
      data={[
        ...(ownId ? [{ value: ownId, label: text.mine }] : []),
        { value: UNASSIGNED, label: text.unassigned },
        ...others.map((one) => ({ value: one.id, label: one.name })),
      ]}
      value={search.is_assigned === false ? UNASSIGNED : (search.assignee_id ?? null)}
      onChange={(chosen) =>
        onChange({
          assignee_id: chosen && chosen !== UNASSIGNED ? chosen : undefined,
          is_assigned: chosen === UNASSIGNED ? false : undefined,
        })
      }
    />
  );
}
