import { Button } from "@mantine/core";
import { AppLink, DateField, FilterBar, Moment, SearchFilter, showProblem, type Column } from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { auditQuery, exportAudit, type AuditEntry } from "./api";
import { auditMessages as text } from "./messages";
import { VerifyChain } from "./VerifyChain";

const route = getRouteApi("/_app/audit/");

const columns: Column<AuditEntry>[] = [
  {
    key: "number",
    header: text.columns.number,
    cell: (entry) => (
      <AppLink to="/audit/$entryId" params={{ entryId: entry.id }}>
        {entry.number}
      </AppLink>
    ),
  },
  { key: "at", header: text.columns.at, cell: (entry) => <Moment at={entry.at} /> },
  { key: "actor", header: text.columns.actor, cell: (entry) => entry.actor_label },
  { key: "action", header: text.columns.action, cell: (entry) => <ActionFilter action={entry.action} /> },
  { key: "subject", header: text.columns.subject, cell: (entry) => entry.subject_label },
  { key: "address", header: text.columns.address, cell: (entry) => entry.address },
];

export function AuditList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(auditQuery(search));
  const mayExport = useMay("audit:export");
  const file = useMutation({
    mutationFn: (format: "csv" | "ndjson") => exportAudit(search, format),
    onError: showProblem,
  });
  return (
    <ListScreen text={text} list={list} query={query} columns={columns}>
      <VerifyChain />
      <FilterBar
        isFiltered={list.isFiltered}
        onClear={list.clear}
        actions={
          mayExport && (
            <>
              <Button variant="default" loading={file.isPending} onClick={() => file.mutate("csv")}>
                {text.exportCsv}
              </Button>
              <Button variant="default" loading={file.isPending} onClick={() => file.mutate("ndjson")}>
                {text.exportNdjson}
              </Button>
            </>
          )
        }
      >
        <SearchFilter label={text.filter.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
        <SearchFilter
          label={text.filter.kind}
          value={search.subject_kind}
          onChange={(subject_kind) => list.setFilter({ subject_kind })}
        />
        <Day label={text.filter.from} value={search.from} onChange={(from) => list.setFilter({ from })} />
        <Day label={text.filter.to} value={search.to} onChange={(to) => list.setFilter({ to })} />
      </FilterBar>
    </ListScreen>
  );
}

/** A click means: only these. */
function ActionFilter({ action }: { action: string }) {
  return (
    <AppLink
      to="/audit"
      search={(previous: object) => ({ ...previous, action, cursor: undefined })}
      className="or-mono"
      title={text.filter.onlyThese}
    >
      {action}
    </AppLink>
  );
}

interface DayProps {
  label: string;
  value: string | undefined;
  onChange: (day: string | undefined) => void;
}

function Day({ label, value, onChange }: DayProps) {
  return (
    <DateField
      aria-label={label}
      title={label}
      value={value ?? ""}
      onChange={(day) => onChange(day || undefined)}
    />
  );
}
