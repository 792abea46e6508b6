/** The list of rule sets. */
import { Button } from "@mantine/core";
import { AppLink, FilterBar, SearchFilter, type Column } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { ruleSetsQuery, type RuleSet } from "./api";
import { ruleSetMessages as text } from "./messages";
import { NewRuleSet } from "./NewRuleSet";

const route = getRouteApi("/_app/rule-sets/");

const columns: Column<RuleSet>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/rule-sets/$ruleSetId" params={{ ruleSetId: one.id }} className="or-mono">
        {one.name}
      </AppLink>
    ),
  },
  { key: "title", header: text.columns.title, cell: (one) => one.title },
  {
    key: "active",
    header: text.columns.active,
    cell: (one) => (one.active ? text.versionOf(one.active.number, one.active.rule_count) : text.none),
  },
  {
    key: "draft",
    header: text.columns.draft,
    cell: (one) => (one.draft ? text.versionOf(one.draft.number, one.draft.rule_count) : text.none),
  },
  {
    key: "reports",
    header: text.columns.reports,
    cell: (one) => (
      <span title={one.reports.map((report) => report.name).join(", ")}>
        {one.reports.length > 0 ? text.reportCount(one.reports.length) : text.none}
      </span>
    ),
  },
];

export function RuleSetList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(ruleSetsQuery(search));
  const [isCreating, setIsCreating] = useState(false);
  const mayWrite = useMay("rules:write");
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setIsCreating(true)}>
      {text.create}
    </Button>
  );
  return (
    <>
      <ListScreen text={text} list={list} query={query} columns={columns} create={create}>
        <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
          <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        </FilterBar>
      </ListScreen>
      <NewRuleSet isOpen={isCreating} onClose={() => setIsCreating(false)} />
    </>
  );
}
