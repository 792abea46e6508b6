import { Switch } from "@mantine/core";
import { DateField, FilterBar, SearchFilter } from "@openreg/ui";
import { deliveryStates } from "@/features/deliveries/deliveryStates";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { ExportButton } from "@/lists/ExportButton";
import type { useListSearch } from "@/lists/useListSearch";
import { filtersOf, runsExportPath, type RunListSearch } from "./api";
import { runMessages as text } from "./messages";
import { ReportFilter } from "./ReportFilter";

interface RunFilterBarProps {
  search: RunListSearch;
  list: ReturnType<typeof useListSearch<RunListSearch>>;
}

export function RunFilterBar({ search, list }: RunFilterBarProps) {
  return (
    <FilterBar
      isFiltered={list.isFiltered}
      onClear={list.clear}
      actions={
        <ExportButton path={() => runsExportPath(filtersOf(search))} fileName="runs.csv">
          {text.exportCsv}
        </ExportButton>
      }
    >
      <SearchFilter label={text.filterText} value={search.q} onChange={(q) => list.setFilter({ q })} />
      <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
      <ChoiceFilter
        label={text.filterDelivery}
        any={text.anyDelivery}
        choices={deliveryStates.map((state) => ({ value: state, label: text.withDelivery(state) }))}
        value={search.delivery_state}
        onChange={(delivery_state) => list.setFilter({ delivery_state })}
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
