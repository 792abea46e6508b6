/** One record from its row of the source to its place in the file: as a path, and the same as a table. */
import { Group, SegmentedControl, Skeleton, Switch, Text } from "@mantine/core";
import { AppLink, BusinessDate, ErrorState, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lineageQuery, type Lineage } from "./api";
import { shownValues } from "./involved";
import { LineagePath } from "./LineagePath";
import { LineageTable } from "./LineageTable";
import { lineageMessages as text } from "./messages";

const route = getRouteApi("/_app/runs/$runId_/records/$rowNumber");

export function RecordLineage() {
  const { runId, rowNumber } = route.useParams();
  const { view = "path", fields } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(lineageQuery(runId, rowNumber));
  if (query.isError) {
    return (
      <>
        <PageHeader title={text.titleOf(Number(rowNumber))} />
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  const lineage = query.data;
  if (!lineage) return <Skeleton height={420} />;
  const shown = shownValues(lineage, fields === "all");
  const isMasked = [...lineage.source, ...lineage.target].some((one) => one.is_masked);
  return (
    <>
      <Back lineage={lineage} />
      <PageHeader
        title={text.titleOf(lineage.row_number)}
        documentTitle={text.documentTitle(lineage.row_number)}
        description={text.description}
      />
      <Group gap="lg" pb="lg">
        <SegmentedControl
          aria-label={text.view}
          data={[
            { value: "path", label: text.path },
            { value: "table", label: text.table },
          ]}
          value={view}
          onChange={(value) =>
            void navigate({
              search: (previous) => ({ ...previous, view: value === "table" ? "table" : undefined }),
              replace: true,
            })
          }
        />
        <Switch
          label={text.allFields}
          checked={fields === "all"}
          onChange={(event) =>
            void navigate({
              search: (previous) => ({
                ...previous,
                fields: event.currentTarget.checked ? ("all" as const) : undefined,
              }),
              replace: true,
            })
          }
        />
      </Group>
      {isMasked && (
        <Text size="sm" c="dimmed" pb="sm">
          {text.masked}
        </Text>
      )}
      {view === "table" ? (
        <LineageTable lineage={lineage} shown={shown} />
      ) : (
        <LineagePath lineage={lineage} shown={shown} />
      )}
    </>
  );
}

function Back({ lineage }: { lineage: Lineage }) {
  return (
    <AppLink to="/runs/$runId" params={{ runId: lineage.run_id }} size="sm">
      {text.back} <BusinessDate date={lineage.reporting.reporting_date} />
    </AppLink>
  );
}
