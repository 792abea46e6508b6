/** Of which reports and regulations a webhook wants to hear. */
import { MultiSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { packsQuery, reportsQuery } from "@/features/reports/api";
import { webhookMessages } from "./messages";

const text = webhookMessages.form;
const MOST_REPORTS = 200;

export interface Filter {
  report_ids: string[];
  regimes: string[];
}

interface FilterFieldsProps {
  filter: Filter;
  faults: Record<string, string>;
  readOnly?: boolean;
  onChange: (filter: Filter) => void;
}

export function FilterFields({ filter, faults, readOnly = false, onChange }: FilterFieldsProps) {
  const reports = useQuery(reportsQuery({ sort: "name", limit: MOST_REPORTS })).data?.items ?? [];
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  return (
    <>
      <MultiSelect
        label={text.reports}
        description={text.reportsHint}
        searchable
        clearable
        readOnly={readOnly}
        data={known(
          reports.map((one) => ({ value: one.id, label: one.name })),
          filter.report_ids,
        )}
        value={filter.report_ids}
        error={faults["report_ids"]}
        onChange={(report_ids) => onChange({ ...filter, report_ids })}
      />
      <MultiSelect
        label={text.regimes}
        description={text.regimesHint}
        clearable
        readOnly={readOnly}
        data={known(
          packs.map((one) => ({ value: one.id, label: one.title })),
          filter.regimes,
        )}
        value={filter.regimes}
        error={faults["regimes"]}
        onChange={(regimes) => onChange({ ...filter, regimes })}
      />
    </>
  );
}

/** What is chosen stays visible, even when it is not among the first that were read. */
function known(choices: { value: string; label: string }[], chosen: string[]) {
  const values = new Set(choices.map((one) => one.value));
  return [...choices, ...chosen.filter((one) => !values.has(one)).map((one) => ({ value: one, label: one }))];
}
