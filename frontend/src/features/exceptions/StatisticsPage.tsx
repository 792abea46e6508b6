/** What exceptions say together: causes, ages, days, and records that come back. */
import { Skeleton, Stack, Text } from "@mantine/core";
import { AppLink, DateField, ErrorState, FilterBar, formatDate, formatNumber, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChartPanel } from "@openreg/ui/charts";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { groupsQuery, statisticsQuery, type ExceptionStatistics, type StatisticsSearch } from "./api";
import styles from "./exceptions.module.css";
import { byDay } from "./statistics";
import { statisticsMessages as text } from "./statisticsMessages";

const route = getRouteApi("/_app/exceptions/statistics");
const SHOWN = 12;

export function StatisticsPage() {
  const search = route.useSearch();
  const query = useQuery(statisticsQuery(search));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <AppLink to="/exceptions" search={{}} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={text.title}
        description={
          query.data
            ? text.period(formatDate(query.data.since), formatDate(query.data.until))
            : text.description
        }
      />
      <Filters search={search} />
      {query.data ? <Charts found={query.data} search={search} /> : <Skeleton height={480} />}
    </>
  );
}

function Filters({ search }: { search: StatisticsSearch }) {
  const navigate = route.useNavigate();
  const reports = useQuery(groupsQuery("report", undefined)).data?.items ?? [];
  const set = (changes: StatisticsSearch) =>
    void navigate({ search: (previous) => ({ ...previous, ...changes }), replace: true });
  return (
    <FilterBar
      isFiltered={Object.values(search).some((value) => value !== undefined)}
      onClear={() => void navigate({ search: {}, replace: true })}
    >
      <ChoiceFilter
        label={text.report}
        any={text.anyReport}
        choices={reports.map((one) => ({ value: one.value, label: one.name ?? one.value }))}
        value={search.report_id}
        onChange={(report_id) => set({ report_id })}
        isSearchable
      />
      <DateField
        aria-label={text.since}
        title={text.since}
        value={search.since ?? ""}
        max={search.until}
        onChange={(day) => set({ since: day || undefined })}
      />
      <DateField
        aria-label={text.until}
        title={text.until}
        value={search.until ?? ""}
        min={search.since}
        onChange={(day) => set({ until: day || undefined })}
      />
    </FilterBar>
  );
}

function Charts({ found, search }: { found: ExceptionStatistics; search: StatisticsSearch }) {
  const causes = found.causes.slice(0, SHOWN);
  const days = byDay(found.days);
  const open = found.ages.reduce((sum, one) => sum + one.count, 0);
  const repeats = found.repeats.slice(0, SHOWN);
  return (
    <Stack gap="lg">
      {found.overdue > 0 && (
        <Text role="status">
          <AppLink to="/exceptions" search={{ is_overdue: true, report_id: search.report_id }}>
            {text.overdue(found.overdue)}
          </AppLink>
        </Text>
      )}
      <div className={styles.charts}>
        <ChartPanel
          title={text.causes}
          hint={text.causesHint}
          isLying
          data={{
            head: text.rule,
            series: [{ name: text.records, tone: "warning" }],
            rows: causes.map((one) => ({ key: one.rule_id, name: one.rule_id, values: [one.records] })),
          }}
          summary={text.causesSummary(causes[0]?.rule_id, causes[0]?.records ?? 0)}
          none={text.none}
          nameOf={(row) => (
            <>
              <AppLink
                to="/exceptions"
                search={{ rule_id: row.key, report_id: search.report_id }}
                className="or-mono"
              >
                {row.name}
              </AppLink>
              <Text size="xs" c="dimmed">
                {causes.find((one) => one.rule_id === row.key)?.message}
              </Text>
            </>
          )}
        />
        <ChartPanel
          title={text.ages}
          hint={text.agesHint}
          data={{
            head: text.age,
            series: [{ name: text.exceptions, tone: "running" }],
            rows: found.ages.map((one) => ({
              key: one.days,
              name: text.days(one.days),
              values: [one.count],
            })),
          }}
          summary={text.agesSummary(open)}
          none={text.noneOpen}
        />
        <ChartPanel
          title={text.daily}
          hint={text.dailyHint}
          data={{
            head: text.day,
            series: [{ name: text.setAside, tone: "warning" }],
            rows: days.map((one) => ({ key: one.day, name: formatDate(one.day), values: [one.setAside] })),
          }}
          summary={text.dailySummary(
            days.length,
            formatNumber(days.reduce((sum, one) => sum + one.setAside, 0)),
          )}
          none={text.none}
        />
        <ChartPanel
          title={text.repeats}
          hint={text.repeatsHint}
          isLying
          data={{
            head: text.record,
            series: [{ name: text.times, tone: "failed" }],
            rows: repeats.map((one) => ({
              key: `${one.report_id} ${one.record_key}`,
              name: one.record_key,
              values: [one.times],
            })),
          }}
          summary={text.repeatsSummary(repeats.length)}
          none={text.noRepeats}
          nameOf={(row) => (
            <AppLink to="/exceptions" search={{ q: row.name }} className="or-mono">
              {row.name}
            </AppLink>
          )}
        />
      </div>
    </Stack>
  );
}
