/** The catalogue: filters in the URL, how often each rule fails. */
import { Switch, Text } from "@mantine/core";
import { AppLink, FilterBar, SearchFilter, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { phases, severities } from "@/features/rules/words";
import { editorMessages } from "@/features/report-editor/messages";
import { RuleSeverity } from "@/features/report-editor/RuleSeverity";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ExportButton } from "@/lists/ExportButton";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { origins, ruleOrders, rulesExportPath, ruleSources, rulesQuery, type CatalogueRule } from "./api";
import { ruleMessages as text } from "./messages";

const route = getRouteApi("/_app/rules/");

const columns: Column<CatalogueRule>[] = [
  {
    key: "id",
    header: text.columns.id,
    cell: (rule) => (
      <AppLink to="/rules/$ruleKey" params={{ ruleKey: rule.key }} className="or-mono">
        {rule.id}
      </AppLink>
    ),
  },
  {
    key: "title",
    header: text.columns.title,
    cell: (rule) => (
      <>
        {rule.title}
        {rule.official.length > 0 && (
          <Text
            size="xs"
            c="dimmed"
            className="or-mono"
            title={rule.official.map((one) => one.text).join("\n")}
          >
            {rule.official.map((one) => one.error_code || one.code).join(", ")}
          </Text>
        )}
      </>
    ),
  },
  {
    key: "owner",
    header: text.columns.owner,
    cell: (rule) => (
      <>
        {rule.owner.name} <span className="or-mono">{rule.owner.version}</span>
      </>
    ),
  },
  {
    key: "severity",
    header: text.columns.severity,
    cell: (rule) =>
      rule.is_enabled ? (
        <RuleSeverity severity={rule.severity} />
      ) : (
        <StatusBadge tone="off">{text.off}</StatusBadge>
      ),
  },
  { key: "source", header: text.columns.source, cell: (rule) => text.sources[rule.source] },
  {
    key: "reports",
    header: text.columns.reports,
    cell: (rule) => (
      <span title={rule.reports.map((one) => one.name).join(", ")}>
        {rule.reports.length > 0 ? text.reportCount(rule.reports.length) : text.unused}
      </span>
    ),
  },
  {
    key: "failed",
    header: text.columns.failed,
    isNumber: true,
    cell: (rule) => (
      <span title={text.failures(rule.failed.failures, rule.failed.records)}>
        {text.rate(rule.failed.rate)}
      </span>
    ),
  },
];

export function RuleList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(rulesQuery(search));
  return (
    <ListScreen text={text} list={list} query={query} columns={columns} rowKey={(rule) => rule.key}>
      <FilterBar
        isFiltered={list.isFiltered}
        onClear={list.clear}
        actions={
          <ExportButton path={() => rulesExportPath(search)} fileName="rules.csv">
            {text.exportCsv}
          </ExportButton>
        }
      >
        <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        <ChoiceFilter
          label={text.any.origin}
          choices={choicesOf(origins, text.origins)}
          value={search.origin}
          onChange={(origin) => list.setFilter({ origin })}
        />
        <ChoiceFilter
          label={text.any.severity}
          choices={choicesOf(severities, editorMessages.rules.severities)}
          value={search.severity}
          onChange={(severity) => list.setFilter({ severity })}
        />
        <ChoiceFilter
          label={text.any.phase}
          choices={choicesOf(phases, editorMessages.rules.phases)}
          value={search.phase}
          onChange={(phase) => list.setFilter({ phase })}
        />
        <ChoiceFilter
          label={text.any.source}
          choices={choicesOf(ruleSources, text.sources)}
          value={search.source}
          onChange={(source) => list.setFilter({ source })}
        />
        <ChoiceFilter
          label={text.orderLabel}
          choices={choicesOf(ruleOrders, text.order)}
          value={search.sort}
          onChange={(sort) => list.setFilter({ sort })}
        />
        <Switch
          label={text.failing}
          checked={search.is_failing ?? false}
          onChange={(event) => list.setFilter({ is_failing: event.currentTarget.checked ? true : undefined })}
        />
      </FilterBar>
      {query.data && (
        <Text size="sm" c="dimmed" role="status" mb="xs">
          {text.count(query.data.count)}
        </Text>
      )}
    </ListScreen>
  );
}
