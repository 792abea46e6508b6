/** What a draft changes in the rules that judge now. */
import { Skeleton, Text } from "@mantine/core";
import { DataTable, ErrorState, Section, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { versionQuery, type LibraryRule } from "./api";
import { changesOf, type RuleChange } from "./changes";
import { ruleSetMessages as text } from "./messages";

const columns: Column<RuleChange>[] = [
  { key: "id", header: "Rule", cell: (one) => <span className="or-mono">{one.id}</span> },
  {
    key: "kind",
    header: "Change",
    cell: (one) => (
      <StatusBadge tone={one.kind === "removed" ? "failed" : one.kind === "added" ? "success" : "warning"}>
        {text.change[one.kind]}
      </StatusBadge>
    ),
  },
  { key: "before", header: "Before", cell: (one) => <span className="or-mono">{one.before}</span> },
  { key: "after", header: "After", cell: (one) => <span className="or-mono">{one.after}</span> },
];

interface VersionChangesProps {
  ruleSetId: string;
  before: number;
  after: LibraryRule[];
}

export function VersionChanges({ ruleSetId, before, after }: VersionChangesProps) {
  const query = useQuery(versionQuery(ruleSetId, before));
  const changes = query.data ? changesOf(query.data.body.rules, after) : [];
  return (
    <Section title={text.changes}>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={80} />}
      {query.data && changes.length === 0 && <Text c="dimmed">{text.noChanges}</Text>}
      {changes.length > 0 && (
        <DataTable label={text.changes} rows={changes} rowKey={(one) => one.key} columns={columns} />
      )}
    </Section>
  );
}
