/** What differs between any two versions of a rule set. */
import { Select, Skeleton, Stack, Text } from "@mantine/core";
import { DataTable, ErrorState, Section, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { comparisonQuery, type RuleSetComparison, type RuleSetVersionMark } from "./api";
import { ruleSetMessages as text } from "./messages";

interface Difference {
  key: string;
  ruleId: string;
  kind: RuleSetComparison["changes"][number]["kind"];
  part: string;
  before: string | null;
  after: string | null;
}

const columns: Column<Difference>[] = [
  { key: "id", header: text.compare.rule, cell: (one) => <span className="or-mono">{one.ruleId}</span> },
  {
    key: "kind",
    header: text.compare.change,
    cell: (one) => (
      <StatusBadge tone={one.kind === "removed" ? "failed" : one.kind === "added" ? "success" : "warning"}>
        {text.change[one.kind]}
      </StatusBadge>
    ),
  },
  { key: "part", header: text.compare.part, cell: (one) => text.compare.parts[one.part] ?? one.part },
  { key: "before", header: text.compare.before, cell: (one) => <Written value={one.before} /> },
  { key: "after", header: text.compare.after, cell: (one) => <Written value={one.after} /> },
];

interface VersionChangesProps {
  ruleSetId: string;
  shown: RuleSetVersionMark;
  marks: RuleSetVersionMark[];
  /** The version that it is compared with; without one, the version before. */
  before: number | undefined;
  onChoose: (before: number | undefined) => void;
}

export function VersionChanges({ ruleSetId, shown, marks, before, onChoose }: VersionChangesProps) {
  const query = useQuery(comparisonQuery(ruleSetId, shown.number, before));
  const found = query.data;
  const others = marks.filter((one) => one.number !== shown.number);
  return (
    <Section title={text.compare.title(shown.number)}>
      <Stack gap="md">
        <Select
          maw={320}
          label={text.compare.with}
          allowDeselect={false}
          data={others.map((one) => ({
            value: String(one.number),
            label: `${text.version(one.number)} · ${text.states[one.state]}`,
          }))}
          value={found?.before == null ? null : String(found.before)}
          onChange={(number) => onChoose(number === null ? undefined : Number(number))}
        />
        {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton height={80} />}
        {found?.is_reordered && <Text>{text.compare.reordered}</Text>}
        {found?.changes.length === 0 && !found.is_reordered && <Text c="dimmed">{text.noChanges}</Text>}
        {found && found.changes.length > 0 && (
          <DataTable
            label={text.compare.title(shown.number)}
            rows={differencesOf(found)}
            rowKey={(one) => one.key}
            columns={columns}
          />
        )}
      </Stack>
    </Section>
  );
}

/** A row for every part that differs; of a rule that came or went, only what it asks. */
function differencesOf(found: RuleSetComparison): Difference[] {
  return found.changes.flatMap(({ rule_id: ruleId, kind, parts }) =>
    parts
      .filter((one) => kind === "changed" || one.name === "expression")
      .map((one) => ({
        key: `${ruleId} ${one.name}`,
        ruleId,
        kind,
        part: one.name,
        before: one.before,
        after: one.after,
      })),
  );
}

function Written({ value }: { value: string | null }) {
  return value === null ? null : <span className="or-mono">{value}</span>;
}
