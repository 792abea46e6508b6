import { useQuery } from "@tanstack/react-query";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { startableReportsQuery } from "./api";
import { runMessages as text } from "./messages";

interface ReportFilterProps {
  value: string | undefined;
  onChange: (reportId: string | undefined) => void;
}

export function ReportFilter({ value, onChange }: ReportFilterProps) {
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  return (
    <ChoiceFilter
      label={text.filterReport}
      any={text.anyReport}
      choices={reports.map((report) => ({ value: report.id, label: report.name }))}
      value={value}
      onChange={onChange}
      isSearchable
    />
  );
}
