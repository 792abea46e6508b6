/** One destination: whether files go there, its settings, its deliveries, and its test. */
import { Group, Skeleton, Stack } from "@mantine/core";
import {
  AppLink,
  Callout,
  CopyId,
  CurlButton,
  ErrorState,
  PageHeader,
  showDone,
  showProblem,
  TabLink,
  TabLinks,
} from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { confirmIdentity, destinationKeys, destinationQuery, testDestination, type Destination } from "./api";
import { DeliveryTest } from "./DeliveryTest";
import { DestinationActions } from "./DestinationActions";
import { DestinationDeliveries } from "./DestinationDeliveries";
import { AnswersPanel, DestinationFacts, PlacePanel, PolicyPanel } from "./DestinationOverview";
import { DestinationSettings } from "./DestinationSettings";
import { DestinationState } from "./DestinationState";
import { EnvironmentBadge } from "./EnvironmentBadge";
import { confirmedOf, type Shown } from "./identities";
import { IdentityDialog } from "./IdentityDialog";
import { IdentityStop } from "./IdentityStop";
import { kindOf } from "./kinds";
import { destinationMessages as text } from "./messages";
import { DESTINATION_TABS } from "./tabs";

const route = getRouteApi("/_app/destinations/$destinationId");

export function DestinationDetail() {
  const { destinationId } = route.useParams();
  const { tab = "overview" } = route.useSearch();
  const query = useQuery(destinationQuery(destinationId));
  const navigate = useNavigate();
  const mayWrite = useMay("destinations:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={220} />;
  const destination = query.data.body;
  const mayChange = mayWrite && destination.archived_at === null;
  return (
    <Stack gap="lg">
      <div>
        <AppLink to="/destinations" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={destination.name}
          meta={
            <Group gap="sm">
              <DestinationState destination={destination} />
              <EnvironmentBadge environment={destination.environment} />
              <CopyId id={destination.id} label={text.copyId} />
            </Group>
          }
          actions={
            <>
              {mayChange && <DestinationActions destination={destination} />}
              <CurlButton url={`/api/v1/destinations/${destination.id}`} />
            </>
          }
        />
        <TabLinks label={text.tabs.label}>
          {DESTINATION_TABS.filter((one) => one !== "settings" || mayChange).map((one) => (
            <TabLink
              key={one}
              to="/destinations/$destinationId"
              params={{ destinationId }}
              search={{ tab: one === "overview" ? undefined : one }}
              isCurrent={one === tab}
            >
              {text.tabs[one]}
            </TabLink>
          ))}
          <TabLink
            to="/destinations/$destinationId/feedback-format"
            params={{ destinationId }}
            isCurrent={false}
          >
            {text.answersInCsv}
          </TabLink>
        </TabLinks>
      </div>
      {tab === "overview" && <Overview destination={destination} mayChange={mayChange} />}
      {tab === "deliveries" && <DestinationDeliveries destinationId={destinationId} />}
      {tab === "settings" && mayChange && (
        <DestinationSettings
          stored={query.data}
          onDone={() => void navigate({ to: "/destinations/$destinationId", params: { destinationId } })}
        />
      )}
    </Stack>
  );
}

function Overview({ destination, mayChange }: { destination: Destination; mayChange: boolean }) {
  const [other, setOther] = useState<Shown | null>(null);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: destinationKeys.all });
  const confirmFirst = useMutation({
    mutationFn: (shown: Shown) => confirmIdentity(destination.id, shown),
    onSuccess: (_, shown) => showDone(text.stopped.done[shown.identity]),
    onError: showProblem,
    onSettled: refresh,
  });

  async function confirmOther(shown: Shown, reason: string) {
    await confirmIdentity(destination.id, shown, reason);
    await refresh();
    showDone(text.stopped.done[shown.identity]);
  }

  /** The first key of a server is compared; another one than the confirmed needs a reason, too. */
  function decide(shown: Shown) {
    if (confirmedOf(destination.settings, shown.identity)) setOther(shown);
    else confirmFirst.mutate(shown);
  }

  return (
    <>
      {destination.archived_at !== null && <Callout tone="warning" title={text.archivedTitle} />}
      {destination.stopped && (
        <IdentityStop stopped={destination.stopped} onConfirm={mayChange ? decide : undefined} />
      )}
      {destination.is_paused && (
        <Callout tone="warning" title={text.paused.title}>
          {destination.pause_reason && `${text.paused.by} ${destination.pause_reason}`}
        </Callout>
      )}
      <DestinationFacts destination={destination} />
      <PlacePanel destination={destination} />
      <PolicyPanel destination={destination} />
      {destination.kind !== "email" && <AnswersPanel destination={destination} />}
      {mayChange && (
        <DeliveryTest
          kind={kindOf(destination.kind)}
          run={() => testDestination(destination.id)}
          onConfirm={decide}
        />
      )}
      <IdentityDialog
        destination={destination}
        shown={other}
        onClose={() => setOther(null)}
        onConfirm={confirmOther}
      />
    </>
  );
}
