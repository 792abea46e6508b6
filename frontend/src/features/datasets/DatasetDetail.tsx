/** One dataset or mapping set: what it is, its entries, its versions. */
import { Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  Moment,
  PageHeader,
  TabLink,
  TabLinks,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { PublishActions } from "@/features/publications/PublishActions";
import { datasetQuery, type Dataset, type Noun } from "./api";
import { Freshness } from "./DatasetList";
import { EntriesTab } from "./EntriesTab";
import { datasetMessages as text } from "./messages";
import { VersionsTab } from "./VersionsTab";

const routes = {
  datasets: getRouteApi("/_app/datasets/$datasetId"),
  "mapping-sets": getRouteApi("/_app/mapping-sets/$datasetId"),
};
const TABS = ["entries", "versions"] as const;

export function DatasetDetail({ noun }: { noun: Noun }) {
  const { datasetId } = routes[noun].useParams();
  const { tab = "entries" } = routes[noun].useSearch();
  const query = useQuery(datasetQuery(noun, datasetId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const dataset = query.data.body;
  const words = text.of(noun);
  return (
    <>
      <AppLink to={`/${noun}`} search={{}} size="sm">
        {words.title}
      </AppLink>
      <PageHeader
        title={dataset.title || dataset.name}
        meta={<CopyId id={dataset.id} label={words.copyId} />}
        actions={
          <>
            <PublishActions
              thing={{ kind: "dataset", id: dataset.id, title: dataset.title || dataset.name }}
            />
            <CurlButton url={`/api/v1/${noun}/${dataset.id}`} />
          </>
        }
      />
      <Stack gap="md">
        <About dataset={dataset} noun={noun} />
        <TabLinks label={text.tabs.label}>
          {TABS.map((one) => (
            <TabLink
              key={one}
              to={`/${noun}/$datasetId`}
              params={{ datasetId }}
              search={{ tab: one === "entries" ? undefined : one }}
              isCurrent={one === tab}
            >
              {text.tabs[one]}
            </TabLink>
          ))}
        </TabLinks>
        {tab === "entries" ? (
          <EntriesTab dataset={dataset} noun={noun} key={dataset.version} />
        ) : (
          <VersionsTab dataset={dataset} noun={noun} />
        )}
      </Stack>
    </>
  );
}

function About({ dataset, noun }: { dataset: Dataset; noun: Noun }) {
  const days = dataset.stale_after_days;
  return (
    <Facts>
      <Fact name={text.columns.written}>
        <span className="or-mono">{text.of(noun).call(dataset.name)}</span>
      </Fact>
      <Fact name={text.columns.entries}>{formatNumber(dataset.entries)}</Fact>
      <Fact name={text.columns.version}>{dataset.version}</Fact>
      <Fact name={text.columns.loaded}>{dataset.as_at ? <Moment at={dataset.as_at} /> : text.never}</Fact>
      {dataset.fresh_until && (
        <Fact name={text.columns.until}>
          <Moment at={dataset.fresh_until} />
        </Fact>
      )}
      <Fact name={text.columns.state}>
        <Freshness dataset={dataset} />
      </Fact>
      <Fact name={text.columns.stale}>{days ? text.days(days) : text.never}</Fact>
      <Fact name={text.columns.missing}>{text.missing[dataset.missing]}</Fact>
    </Facts>
  );
}
