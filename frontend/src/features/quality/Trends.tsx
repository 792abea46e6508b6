/** The days of one report: a chart per indicator, or the same figures as a table. */
import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  AppLink,
  BusinessDate,
  DataTable,
  DateField,
  ErrorState,
  formatNumber,
  Panel,
  showDone,
  showProblem,
  type Column,
} from "@openreg/ui";
import { IconAdjustments, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ExportButton } from "@/lists/ExportButton";
import {
  indicators,
  lastDays,
  measureQuality,
  qualityDaysQuery,
  qualityExportPath,
  qualityKeys,
  qualityTermsQuery,
  type DayRange,
  type QualityDay,
  type ReportQuality,
} from "./api";
import { indicatorColumns } from "./indicatorColumns";
import { qualityMessages as text } from "./messages";
import styles from "./quality.module.css";
import { TermsDialog } from "./TermsDialog";
import { TrendChart } from "./TrendChart";

const route = getRouteApi("/_app/quality/");

export function Trends({ report }: { report: ReportQuality }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const recent = lastDays(new Date());
  const days = { first: search.first ?? recent.first, last: search.last ?? recent.last };
  const wanted = { ...days, report_id: report.report_id };
  const query = useQuery(qualityDaysQuery(wanted));
  const terms = useQuery(qualityTermsQuery(report.report_id));
  const set = (changes: Partial<typeof search>) =>
    void navigate({ search: (previous) => ({ ...previous, ...changes }), replace: true });
  const found = query.data?.items ?? [];
  return (
    <Panel title={text.trends(report.report_name)} aside={<Actions report={report} days={wanted} />}>
      <Group gap="sm" pb="md">
        <DateField
          aria-label={text.from}
          title={text.from}
          value={days.first}
          max={days.last}
          required
          onChange={(first) => set({ first })}
        />
        <DateField
          aria-label={text.to}
          title={text.to}
          value={days.last}
          min={days.first}
          required
          onChange={(last) => set({ last })}
        />
        <SegmentedControl
          aria-label={text.view}
          data={[
            { value: "chart", label: text.chart },
            { value: "table", label: text.table },
          ]}
          value={search.view ?? "chart"}
          onChange={(view) => set({ view: view === "table" ? "table" : undefined })}
        />
      </Group>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && found.length === 0 && <Text c="dimmed">{text.noDays}</Text>}
      {found.length > 0 && search.view === "table" && (
        <DataTable
          label={text.trends(report.report_name)}
          columns={dayColumns}
          rows={found}
          rowKey={(one) => one.day}
          isFetching={query.isFetching}
        />
      )}
      {found.length > 0 && search.view !== "table" && (
        <div className={styles.charts}>
          {indicators.map((indicator) => (
            <TrendChart
              key={indicator}
              indicator={indicator}
              days={found}
              threshold={terms.data?.thresholds?.[indicator]}
            />
          ))}
        </div>
      )}
    </Panel>
  );
}

const dayColumns: Column<QualityDay>[] = [
  {
    key: "day",
    header: text.day,
    cell: (one) => (
      <AppLink to="/runs/$runId" params={{ runId: one.run_id }}>
        <BusinessDate date={one.day} />
      </AppLink>
    ),
  },
  {
    key: "expected",
    header: text.figures.expected,
    isNumber: true,
    cell: (one) => formatNumber(one.expected),
  },
  {
    key: "reported",
    header: text.figures.reported,
    isNumber: true,
    cell: (one) => formatNumber(one.reported),
  },
  { key: "held", header: text.figures.held, isNumber: true, cell: (one) => formatNumber(one.held) },
  {
    key: "set_aside",
    header: text.figures.set_aside,
    isNumber: true,
    cell: (one) => formatNumber(one.set_aside),
  },
  ...indicatorColumns<QualityDay>((one) => one),
];

function Actions({ report, days }: { report: ReportQuality; days: DayRange }) {
  const queries = useQueryClient();
  const mayWrite = useMay("quality:write");
  const [isOpen, dialog] = useDisclosure(false);
  const measuring = useMutation({
    mutationFn: () => measureQuality(days),
    onSuccess: (answer) => {
      void queries.invalidateQueries({ queryKey: qualityKeys.all });
      showDone(text.measured(answer.days));
    },
    onError: showProblem,
  });
  return (
    <Group gap="sm">
      {mayWrite && (
        <>
          <Button
            variant="default"
            leftSection={<IconAdjustments size={14} aria-hidden />}
            onClick={dialog.open}
          >
            {text.terms}
          </Button>
          <Button
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            loading={measuring.isPending}
            onClick={() => measuring.mutate()}
          >
            {text.measure}
          </Button>
        </>
      )}
      <ExportButton path={() => qualityExportPath(days)} fileName="quality.csv">
        {text.exportCsv}
      </ExportButton>
      <TermsDialog isOpen={isOpen} report={report} onClose={dialog.close} />
    </Group>
  );
}
