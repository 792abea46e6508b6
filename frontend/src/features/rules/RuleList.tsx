/** The catalogue: filters in the URL, how often each rule fails. */
import { Button, Select, Switch, Text } from "@mantine/core";
import {
  AppLink,
  EmptyState,
  FilterBar,
  PageHeader,
  SearchFilter,
  showProblem,
  StatusBadge,
  type Column,
} from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { apiUrl, session } from "@/api/client";
import { phases, severities } from "@/features/rules/words";
import { editorMessages } from "@/features/report-editor/messages";
import { RuleSeverity } from "@/features/report-editor/RuleSeverity";
import { ListPage } from "@/lists/ListPage";
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
  const exporting = useMutation({
    mutationFn: () => download(session.fetch, apiUrl + rulesExportPath(search), "rules.csv"),
    onError: showProblem,
  });
  return (
    <>
      <PageHeader title={text.title} description={text.description} />
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
        <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        <Choice
          label={text.any.origin}
          values={origins}
          names={text.origins}
          value={search.origin}
          onChange={(origin) => list.setFilter({ origin })}
        />
        <Choice
          label={text.any.severity}
          values={severities}
          names={editorMessages.rules.severities}
          value={search.severity}
          onChange={(severity) => list.setFilter({ severity })}
        />
        <Choice
          label={text.any.phase}
          values={phases}
          names={editorMessages.rules.phases}
          value={search.phase}
          onChange={(phase) => list.setFilter({ phase })}
        />
        <Choice
          label={text.any.source}
          values={ruleSources}
          names={text.sources}
          value={search.source}
          onChange={(source) => list.setFilter({ source })}
        />
        <Choice
          label={text.orderLabel}
          values={ruleOrders}
          names={text.order}
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
      <ListPage
        query={query}
        columns={columns}
        label={text.title}
        rowKey={(rule) => rule.key}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={<EmptyState title={text.firstUseTitle}>{text.firstUse}</EmptyState>}
        paging={list.paging}
      />
    </>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  values: readonly T[];
  names: Record<T, string>;
  value: T | undefined;
  onChange: (value: T | undefined) => void;
}

function Choice<T extends string>({ label, values, names, value, onChange }: ChoiceProps<T>) {
  return (
    <Select
      aria-label={label}
      placeholder={label}
      clearable
      data={values.map((one) => ({ value: one as string, label: names[one] }))}
      value={(value as string | undefined) ?? null}
      onChange={(chosen) => onChange(values.find((one) => one === chosen))}
    />
  );
}
