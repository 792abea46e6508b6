import { Button, Select, Switch } from "@mantine/core";
import { DateField, FilterBar, SearchFilter, showProblem } from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";
import type { useListSearch } from "@/lists/useListSearch";
import { filtersOf, runsExportPath, startableReportsQuery, type RunListSearch } from "./api";
import { deliveryStates } from "./deliveryStates";
import { runMessages as text } from "./messages";

interface RunFilterBarProps {
  search: RunListSearch;
  list: ReturnType<typeof useListSearch<RunListSearch>>;
}

export function RunFilterBar({ search, list }: RunFilterBarProps) {
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  const exporting = useMutation({
    mutationFn: () => download(session.fetch, apiUrl + runsExportPath(filtersOf(search)), "runs.csv"),
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
          {text.exportCsv}
        </Button>
      }
    >
      <SearchFilter label={text.filterText} value={search.q} onChange={(q) => list.setFilter({ q })} />
      <Select
        aria-label={text.filterReport}
        placeholder={text.anyReport}
        searchable
        clearable
        data={reports.map((report) => ({ value: report.id, label: report.name }))}
        value={search.report_id ?? null}
        onChange={(report) => list.setFilter({ report_id: report ?? undefined })}
      />
      <Select
        aria-label={text.filterDelivery}
        placeholder={text.anyDelivery}
        clearable
        data={deliveryStates.map((state) => ({ value: state, label: text.withDelivery(state) }))}
        value={search.delivery_state ?? null}
        onChange={(state) => list.setFilter({ delivery_state: deliveryStates.find((one) => one === state) })}
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
        label={text.heldOnly}
        checked={search.is_held ?? false}
        onChange={(event) => list.setFilter({ is_held: event.currentTarget.checked ? true : undefined })}
      />
    </FilterBar>
  );
}
