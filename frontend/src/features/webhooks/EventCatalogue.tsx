/** Every event that a webhook can be told of: what it means, its JSON Schema and a sample. */
import { Grid, NavLink, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import {
  AppLink,
  CodeList,
  CurlButton,
  ErrorState,
  FilterBar,
  JsonView,
  PageHeader,
  Panel,
  SearchFilter,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { eventTypesQuery, type EventType } from "./api";
import { catalogueMessages as text } from "./catalogueMessages";
import { found } from "./eventSearch";

const route = getRouteApi("/_app/webhook-endpoints/events");
const JSON_HEIGHT = 560;

export function EventCatalogue() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(eventTypesQuery());
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const types = query.data?.items ?? [];
  const shown = found(types, search.q);
  const chosen = types.find((one) => one.type === search.type) ?? shown[0];
  const change = (some: { q?: string | undefined; type?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...some }), replace: true });
  return (
    <>
      <AppLink to="/webhook-endpoints" search={{}} size="sm">
        {text.back}
      </AppLink>
      <PageHeader
        title={text.title}
        description={text.description}
        actions={<CurlButton url="/api/v1/webhooks/event-types" />}
      />
      <FilterBar
        isFiltered={search.q !== undefined}
        onClear={() => change({ q: undefined, type: undefined })}
      >
        <SearchFilter label={text.search} value={search.q} onChange={(q) => change({ q, type: undefined })} />
      </FilterBar>
      {query.isPending ? (
        <Skeleton height={400} mt="md" />
      ) : (
        <Grid mt="md" gap="lg">
          <Grid.Col span={{ base: 12, md: 4 }}>
            <Types types={shown} chosen={chosen?.type} onChoose={(type) => change({ type })} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 8 }}>{chosen && <About event={chosen} />}</Grid.Col>
        </Grid>
      )}
    </>
  );
}

interface TypesProps {
  types: EventType[];
  chosen: string | undefined;
  onChoose: (type: string) => void;
}

function Types({ types, chosen, onChoose }: TypesProps) {
  if (types.length === 0) return <Text c="dimmed">{text.none}</Text>;
  return (
    <nav aria-label={text.types}>
      {types.map((one) => (
        <NavLink
          key={one.type}
          component="button"
          type="button"
          label={one.type}
          description={one.description}
          active={one.type === chosen}
          aria-current={one.type === chosen ? "true" : undefined}
          onClick={() => onChoose(one.type)}
        />
      ))}
    </nav>
  );
}

function About({ event }: { event: EventType }) {
  return (
    <Panel title={event.type}>
      <Stack gap="md">
        <Text>{event.description}</Text>
        <div>
          <Text size="sm" c="dimmed">
            {text.listen}
          </Text>
          <CodeList words={[event.type, `${event.family}.*`, "*"]} />
        </div>
        <Tabs defaultValue="sample" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="sample">{text.sample}</Tabs.Tab>
            <Tabs.Tab value="schema">{text.schema}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="sample" pt="sm">
            <Hint>{text.sampleHint}</Hint>
            <JsonView value={event.sample} label={text.sample} maxHeight={JSON_HEIGHT} />
          </Tabs.Panel>
          <Tabs.Panel value="schema" pt="sm">
            <Hint>{text.schemaHint}</Hint>
            <JsonView value={event.schema} label={text.schema} maxHeight={JSON_HEIGHT} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Panel>
  );
}

function Hint({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" mb="xs">
      {children}
    </Text>
  );
}
