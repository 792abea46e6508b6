import { Button } from "@mantine/core";
import { DateField, FilterBar } from "@openreg/ui";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { allDestinationsQuery } from "@/features/destinations/api";
import { ReportFilter } from "@/features/runs/ReportFilter";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import type { useListSearch } from "@/lists/useListSearch";
import type { DeliverySearch } from "./api";
import { deliveryMessages as text } from "./messages";
import { withins } from "./within";

interface DeliveryFilterBarProps {
  search: DeliverySearch;
  list: ReturnType<typeof useListSearch<DeliverySearch>>;
}

export function DeliveryFilterBar({ search, list }: DeliveryFilterBarProps) {
  const destinations = useQuery(allDestinationsQuery()).data?.items ?? [];
  return (
    <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
      <ChoiceFilter
        label={text.filterDestination}
        any={text.anyDestination}
        choices={destinations.map((one) => ({ value: one.id, label: one.name }))}
        value={search.destination_id}
        onChange={(destination_id) => list.setFilter({ destination_id })}
        isSearchable
      />
      <ReportFilter value={search.report_id} onChange={(report_id) => list.setFilter({ report_id })} />
      <ChoiceFilter
        label={text.filterWithin}
        any={text.anyTime}
        choices={withins.map((one) => ({ value: one, label: text.withinName(one) }))}
        value={search.within}
        onChange={(within) => list.setFilter({ within })}
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
      {search.run_id && (
        <Button
          variant="default"
          title={text.allRuns}
          rightSection={<IconX size={14} aria-hidden />}
          onClick={() => list.setFilter({ run_id: undefined })}
        >
          {text.ofRun(search.run_id.slice(-12))}
        </Button>
      )}
    </FilterBar>
  );
}
