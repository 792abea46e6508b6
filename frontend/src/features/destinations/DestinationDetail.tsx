/** One destination and its test. */
import { Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  Callout,
  CopyButton,
  CopyId,
  CurlButton,
  ErrorState,
  Fact,
  Facts,
  Moment,
  PageHeader,
  showDone,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { confirmHostKey, destinationKeys, destinationQuery, testDestination, type Destination } from "./api";
import { DeliveryTest } from "./DeliveryTest";
import { destinationMessages as text } from "./messages";

const route = getRouteApi("/_app/destinations/$destinationId");

export function DestinationDetail() {
  const { destinationId } = route.useParams();
  const query = useQuery(destinationQuery(destinationId));
  const mayTest = useMay("destinations:write");
  const queries = useQueryClient();
  const confirm = useMutation({
    mutationFn: (fingerprint: string) => confirmHostKey(destinationId, fingerprint),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: destinationKeys.all });
      showDone(text.hostKeyConfirmed);
    },
  });
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
      {destination.stopped && (
        <Callout tone="failed" title={text.stopped}>
          {destination.stopped.message} {text.confirmedKey(destination.stopped.confirmed_host_key)}{" "}
          {text.shownKey(destination.stopped.shown_host_key)}
        </Callout>
      )}
      {destination.look_error && (
        <Callout tone="failed" title={text.notLookedFor} fix={destination.look_error.fix}>
          {destination.look_error.message}
        </Callout>
      )}
      {confirm.isError && <ErrorState error={confirm.error} />}
      {mayTest && (
        <DeliveryTest run={() => testDestination(destinationId)} onConfirm={(key) => confirm.mutate(key)} />
      )}
    </Stack>
  );
}

function Settings({ destination }: { destination: Destination }) {
  const setting = (name: string) => destination.settings[name];
  const hostKey = setting("host_key_fingerprint");
  return (
    <Facts>
      <Fact name={text.columns.kind}>{text.kindName(destination.kind)}</Fact>
      <Fact name={text.environment}>{text.environmentName(destination.environment)}</Fact>
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
      {destination.response_folder !== null && (
        <Fact name={text.responseFolder}>
          <span className="or-mono">{destination.response_folder}</span>
        </Fact>
      )}
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
