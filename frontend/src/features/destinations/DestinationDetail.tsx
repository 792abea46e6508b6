/** One destination and its test. */
import { Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  CopyButton,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { destinationQuery, testDestination, type Destination } from "./api";
import { DeliveryTest } from "./DeliveryTest";
import { destinationMessages as text } from "./messages";

const route = getRouteApi("/_app/destinations/$destinationId");

export function DestinationDetail() {
  const { destinationId } = route.useParams();
  const query = useQuery(destinationQuery(destinationId));
  const mayTest = useMay("destinations:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const destination = query.data;
  if (!destination) return <Skeleton height={220} />;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/destinations" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={destination.name}
          meta={<CopyId id={destination.id} label={text.copyId} />}
          actions={<CurlButton url={`/api/v1/destinations/${destination.id}`} />}
        />
        <Settings destination={destination} />
      </div>
      {mayTest && <DeliveryTest run={() => testDestination(destinationId)} />}
    </Stack>
  );
}

function Settings({ destination }: { destination: Destination }) {
  const setting = (name: string) => destination.settings[name];
  const hostKey = setting("host_key_fingerprint");
  return (
    <Facts>
      <Fact name={text.columns.kind}>{text.kindName(destination.kind)}</Fact>
      <Fact name={text.columns.host}>
        <span className="or-mono">
          {String(setting("host"))}:{String(setting("port") ?? 22)}
        </span>
      </Fact>
      <Fact name={text.columns.user}>
        <span className="or-mono">{String(setting("username"))}</span>
      </Fact>
      <Fact name={text.columns.folder}>
        <span className="or-mono">{String(setting("folder") ?? ".")}</span>
      </Fact>
      <Fact name={text.columns.created}>
        <Moment at={destination.created_at} />
      </Fact>
      <Fact name={text.hostKey}>
        {typeof hostKey === "string" ? (
          <>
            <span className="or-mono">{hostKey}</span>
            <CopyButton value={hostKey} label={text.hostKey} />
          </>
        ) : (
          text.notConfirmed
        )}
      </Fact>
    </Facts>
  );
}
