/** The log of a webhook: states as tabs, filters in the URL, one delivery beside the list. */
import { TextInput, UnstyledButton } from "@mantine/core";
import {
  DateField,
  EmptyState,
  FilterBar,
  Moment,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import { deliveryMessages } from "@/features/deliveries/messages";
import { withins } from "@/features/deliveries/within";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { ListPage } from "@/lists/ListPage";
import { uuid } from "@/lists/searchParams";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import {
  eventTypesQuery,
  webhookDeliveriesQuery,
  webhookDeliveryCountsQuery,
  type WebhookDelivery,
} from "./api";
import { DeliverySheet } from "./DeliverySheet";
import { eventChoices } from "./eventChoices";
import { answerClasses, webhookDeliveryStates, type LogSearch } from "./logSearch";
import { webhookMessages } from "./messages";
import { RecoverMatching } from "./RecoverMatching";

const route = getRouteApi("/_app/webhook-endpoints/$webhookId/deliveries");
const text = webhookMessages.deliveries;

const TONES: Record<string, StatusTone> = {
  pending: "neutral",
  sending: "running",
  retrying: "warning",
  delivered: "success",
  failed: "failed",
};

const columnsFor = (show: (id: string) => void): Column<WebhookDelivery>[] => [
  {
    key: "event",
    header: text.event,
    cell: (one) => (
      <UnstyledButton className="or-mono or-whole or-link" onClick={() => show(one.id)}>
        {one.event_type}
      </UnstyledButton>
    ),
  },
  { key: "state", header: text.state, cell: (one) => <DeliveryState state={one.state} /> },
  {
    key: "status",
    header: text.status,
    isNumber: true,
    cell: (one) => one.last_status ?? (one.attempts > 0 ? text.noAnswer : ""),
  },
  { key: "attempts", header: text.attempts, isNumber: true, cell: (one) => text.attempt(one.attempts) },
  { key: "created", header: text.created, cell: (one) => <Moment at={one.created_at} /> },
  {
    key: "next",
    header: text.next,
    cell: (one) => (one.finished_at === null ? <Moment at={one.next_attempt_at} /> : ""),
  },
  {
    key: "finished",
    header: text.finished,
    cell: (one) => (one.finished_at === null ? "" : <Moment at={one.finished_at} />),
  },
];

export function DeliveryState({ state }: { state: string }) {
  return <StatusBadge tone={TONES[state] ?? "neutral"}>{text.stateName(state)}</StatusBadge>;
}

export function WebhookDeliveries() {
  const { webhookId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay("webhooks:write");
  const list = useListSearch<LogSearch>(search, navigate);
  const query = useQuery(webhookDeliveriesQuery(webhookId, search));
  const counts = useQuery(webhookDeliveryCountsQuery(webhookId, search)).data?.items;
  const show = (delivery: string | undefined) =>
    void navigate({ search: (previous) => ({ ...previous, delivery }), replace: true });
  const isFiltered = Object.entries(search).some(
    ([name, value]) => name !== "cursor" && name !== "delivery" && value !== undefined,
  );
  return (
    <>
      <StateTabs
        text={{ stateTabs: text.stateTabs, allStates: text.allStates, stateName: text.stateName }}
        states={webhookDeliveryStates}
        current={search.state}
        counts={counts}
      />
      <Filters search={search} list={list} isFiltered={isFiltered} />
      {mayWrite && <RecoverMatching webhookId={webhookId} search={search} counts={counts} />}
      <ListPage
        query={query}
        label={text.title}
        columns={columnsFor(show)}
        rowKey={(one) => one.id}
        isFiltered={isFiltered}
        onClear={list.clear}
        firstUse={<EmptyState title={text.none}>{text.noneText}</EmptyState>}
        paging={list.paging}
      />
      <DeliverySheet
        webhookId={webhookId}
        deliveryId={search.delivery ?? null}
        onClose={() => show(undefined)}
      />
    </>
  );
}

interface FiltersProps {
  search: LogSearch;
  list: ReturnType<typeof useListSearch<LogSearch>>;
  isFiltered: boolean;
}

function Filters({ search, list, isFiltered }: FiltersProps) {
  const types = useQuery(eventTypesQuery()).data?.items ?? [];
  return (
    <FilterBar isFiltered={isFiltered} onClear={list.clear}>
      <ChoiceFilter
        label={text.event}
        any={text.anyEvent}
        choices={eventChoices(types)
          .flatMap((group) => group.items)
          .map((one) => ({ value: one, label: one }))}
        value={search.event_type}
        onChange={(event_type) => list.setFilter({ event_type })}
        isSearchable
      />
      <ChoiceFilter
        label={text.answer}
        any={text.anyAnswer}
        choices={answerClasses.map((one) => ({ value: one, label: text.answerName(one) }))}
        value={search.answer}
        onChange={(answer) => list.setFilter({ answer })}
      />
      <ChoiceFilter
        label={deliveryMessages.filterWithin}
        any={deliveryMessages.anyTime}
        choices={withins.map((one) => ({ value: one, label: deliveryMessages.withinName(one) }))}
        value={search.within}
        onChange={(within) => list.setFilter({ within })}
      />
      <DateField
        aria-label={text.from}
        title={text.from}
        value={search.from ?? ""}
        max={search.to}
        onChange={(from) => list.setFilter({ from: from || undefined })}
      />
      <DateField
        aria-label={text.to}
        title={text.to}
        value={search.to ?? ""}
        min={search.from}
        onChange={(to) => list.setFilter({ to: to || undefined })}
      />
      <TextFilter
        key={search.text ?? ""}
        label={text.search}
        value={search.text}
        onChange={(typed) => list.setFilter({ text: typed })}
      />
      <TextFilter
        key={`event ${search.event_id ?? ""}`}
        label={text.eventId}
        value={search.event_id}
        faultOf={(typed) => (uuid(typed) ? undefined : text.eventIdFault)}
        onChange={(event_id) => list.setFilter({ event_id })}
      />
    </FilterBar>
  );
}

interface TextFilterProps {
  label: string;
  value: string | undefined;
  /** What is wrong with a text; undefined when nothing is. */
  faultOf?: (typed: string) => string | undefined;
  onChange: (typed?: string) => void;
}

/** Searches when Enter is pressed or the field is left. */
function TextFilter({ label, value, faultOf, onChange }: TextFilterProps) {
  const [fault, setFault] = useState<string>();
  function take({ currentTarget: field }: SyntheticEvent<HTMLInputElement>) {
    const typed = field.value.trim();
    const found = typed ? faultOf?.(typed) : undefined;
    setFault(found);
    if (!found && typed !== (value ?? "")) onChange(typed || undefined);
  }
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      maxLength={200}
      defaultValue={value ?? ""}
      error={fault}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take(event)}
    />
  );
}
