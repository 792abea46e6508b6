/** One list: where it came from, and its texts against the list before. */
import { Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  Moment,
  PageHeader,
  TabLink,
  TabLinks,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListPage } from "@/lists/ListPage";
import { useListSearch } from "@/lists/useListSearch";
import { officialListQuery, officialTextsQuery, textChanges, type ComparedText } from "./api";
import { officialMessages as text } from "./messages";
import { changeColumn, codeColumn, daysColumn, fieldColumn, keyOf, textColumn } from "./textColumns";

const route = getRouteApi("/_app/official-texts/$listId");

const columns: Column<ComparedText>[] = [
  codeColumn,
  fieldColumn,
  textColumn,
  {
    key: "rule",
    header: text.text.rule,
    cell: (one) => <span className="or-mono">{one.rule_id ?? ""}</span>,
  },
  daysColumn,
  changeColumn,
];

export function ListDetail() {
  const { listId } = route.useParams();
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const listed = useQuery(officialListQuery(listId));
  const texts = useQuery(officialTextsQuery(listId, search));
  if (listed.isError) return <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />;
  if (!listed.data) return <Skeleton height={240} />;
  const one = listed.data;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/official-texts" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader title={one.title} description={text.version(one.number)} />
        <Facts>
          <Fact name={text.facts.regime}>
            <span className="or-mono">{one.pack_id}</span>
          </Fact>
          <Fact name={text.facts.file}>{one.file_name}</Fact>
          <Fact name={text.facts.imported}>
            <Moment at={one.imported_at} />
          </Fact>
          <Fact name={text.facts.texts}>{formatNumber(one.text_count)}</Fact>
          <Fact name={text.facts.paired}>{formatNumber(one.paired)}</Fact>
          <Fact name={text.facts.hash}>
            <span className="or-mono or-whole">{one.sha256.slice(0, 16)}</span>
          </Fact>
        </Facts>
      </div>
      <TabLinks label={text.changesLabel}>
        {[undefined, ...textChanges].map((change) => (
          <TabLink
            key={change ?? "all"}
            to="/official-texts/$listId"
            params={{ listId }}
            search={change ? { change } : {}}
            isCurrent={search.change === change}
          >
            {change ? text.changes[change] : text.everything}
          </TabLink>
        ))}
      </TabLinks>
      {texts.data && (
        <Text size="sm" c="dimmed" role="status">
          {text.count(texts.data.count)}
        </Text>
      )}
      <ListPage
        query={texts}
        columns={columns}
        label={text.text.label}
        rowKey={keyOf}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={<Text c="dimmed">{text.none}</Text>}
        paging={list.paging}
      />
    </Stack>
  );
}
