import { Button, Group, Stack } from "@mantine/core";
import {
  DataTable,
  DateField,
  ErrorState,
  formatNumber,
  PageHeader,
  Section,
  TabLink,
  TabLinks,
  type Column,
} from "@openreg/ui";
import { saveFile } from "@openreg/ui/api";
import { ChartPanel } from "@openreg/ui/charts";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { keysQuery } from "@/features/keys/api";
import { usageQuery, type Usage } from "./api";
import { usageMessages as text } from "./messages";
import { QuotaPanel } from "./QuotaPanel";
import { chartOfDays, csvOf, daysBetween, lastDays, rowsBy, type UsageRow } from "./usage";

const route = getRouteApi("/_app/usage");
const PERIODS = [
  [7, text.periods.week],
  [30, text.periods.thirty],
  [90, text.periods.ninety],
] as const;

export function UsagePage() {
  const { first, last } = route.useSearch();
  const byDay = useQuery(usageQuery({ first, last, by: ["day", "status"] }));
  const usage = byDay.data;
  return (
    <Stack gap="lg">
      <PageHeader
        title={text.title}
        description={text.description}
        actions={
          usage && (
            <Button variant="default" onClick={() => save(usage)}>
              {text.export}
            </Button>
          )
        }
      />
      {usage && <QuotaPanel usage={usage} />}
      <Period first={first} last={last} usage={usage} />
      {byDay.isError && <ErrorState error={byDay.error} onRetry={() => void byDay.refetch()} />}
      {usage && !byDay.isError && (
        <>
          <ChartPanel
            title={text.calls}
            data={chartOfDays(usage.groups, usage.first, usage.last)}
            summary={text.callsSummary(usage.requests, daysBetween(usage.first, usage.last).length)}
            none={text.none}
            isStacked
          />
          {usage.requests > 0 && <ByRoute first={first} last={last} />}
          {usage.requests > 0 && <ByKey first={first} last={last} />}
        </>
      )}
    </Stack>
  );
}

function save(usage: Usage): void {
  saveFile(new Blob([csvOf(usage.groups)], { type: "text/csv" }), text.fileName(usage.first, usage.last));
}

interface Days {
  first: string | undefined;
  last: string | undefined;
}

function Period({ first, last, usage }: Days & { usage: Usage | undefined }) {
  const navigate = route.useNavigate();
  const choices = PERIODS.map(([count, label]) => ({ label, ...lastDays(count, new Date()) }));
  const take = (days: Partial<Days>) =>
    void navigate({
      search: { first: first ?? usage?.first, last: last ?? usage?.last, ...days },
      replace: true,
    });
  return (
    <Group gap="md" align="flex-end" justify="space-between">
      <TabLinks label={text.period}>
        <TabLink to="/usage" search={{}} isCurrent={first === undefined && last === undefined}>
          {text.periods.month}
        </TabLink>
        {choices.map(({ label, ...days }) => (
          <TabLink
            key={label}
            to="/usage"
            search={days}
            isCurrent={days.first === first && days.last === last}
          >
            {label}
          </TabLink>
        ))}
      </TabLinks>
      <Group gap="sm">
        <DateField
          label={text.first}
          required
          withAsterisk={false}
          value={first ?? usage?.first ?? ""}
          onChange={(day) => take({ first: day })}
        />
        <DateField
          label={text.last}
          required
          withAsterisk={false}
          value={last ?? usage?.last ?? ""}
          onChange={(day) => take({ last: day })}
        />
      </Group>
    </Group>
  );
}

function ByRoute(days: Days) {
  const query = useQuery(usageQuery({ ...days, by: ["route", "status"] }));
  return (
    <Section title={text.byRoute}>
      <UsageTable
        label={text.byRoute}
        head={text.endpoint}
        isCode
        rows={query.data && rowsBy(query.data.groups, (group) => group.route ?? "")}
      />
    </Section>
  );
}

function ByKey(days: Days) {
  const query = useQuery(usageQuery({ ...days, by: ["key", "status"] }));
  const keys = useQuery(keysQuery()).data?.items ?? [];
  const names = new Map(keys.map((key) => [key.id, key.name]));
  return (
    <Section title={text.byKey}>
      <UsageTable
        label={text.byKey}
        head={text.key}
        rows={
          query.data && rowsBy(query.data.groups, (group) => names.get(group.key ?? "") ?? text.formerKey)
        }
      />
    </Section>
  );
}

interface UsageTableProps {
  label: string;
  head: string;
  rows: UsageRow[] | undefined;
  isCode?: boolean;
}

function UsageTable({ label, head, rows, isCode = false }: UsageTableProps) {
  const figure = (key: "requests" | keyof typeof text.outcomes, header: string): Column<UsageRow> => ({
    key,
    header,
    isNumber: true,
    cell: (row) => formatNumber(row[key]),
  });
  const columns: Column<UsageRow>[] = [
    { key: "name", header: head, cell: (row) => <span className={isCode ? "or-mono" : ""}>{row.name}</span> },
    figure("requests", text.requests),
    figure("answered", text.outcomes.answered),
    figure("refused", text.outcomes.refused),
    figure("limited", text.outcomes.limited),
    figure("failed", text.outcomes.failed),
  ];
  return <DataTable label={label} columns={columns} rows={rows} rowKey={(row) => row.name} />;
}
