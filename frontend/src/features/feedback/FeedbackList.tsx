/** The inbox of feedback. */
import { Button } from "@mantine/core";
import { AppLink, FilterBar, SearchFilter, TimeAgo, type Column } from "@openreg/ui";
import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { feedbackListQuery, feedbackStates, type Feedback } from "./api";
import { FeedbackStateBadge } from "./FeedbackStateBadge";
import { feedbackMessages as text } from "./messages";
import { SubmissionLink } from "./SubmissionLink";
import { UploadDialog } from "./UploadDialog";

const route = getRouteApi("/_app/feedback/");

const columns: Column<Feedback>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/feedback/$feedbackId" params={{ feedbackId: one.id }} search={{}}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "state", header: text.columns.state, cell: (one) => <FeedbackStateBadge state={one.state} /> },
  {
    key: "submission",
    header: text.columns.submission,
    cell: (one) => <SubmissionLink file={one} />,
  },
  { key: "accepted", header: text.columns.accepted, isNumber: true, cell: (one) => one.counts.accepted },
  { key: "pending", header: text.columns.pending, isNumber: true, cell: (one) => one.counts.pending },
  { key: "rejected", header: text.columns.rejected, isNumber: true, cell: (one) => one.counts.rejected },
  { key: "orphans", header: text.columns.orphans, isNumber: true, cell: (one) => one.counts.orphans },
  { key: "received", header: text.columns.received, cell: (one) => <TimeAgo at={one.received_at} /> },
];

export function FeedbackList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(feedbackListQuery(search));
  const mayWrite = useMay("feedback:write");
  const [isOpen, setIsOpen] = useState(false);
  const upload = mayWrite && (
    <Button leftSection={<IconUpload size={14} aria-hidden />} onClick={() => setIsOpen(true)}>
      {text.upload}
    </Button>
  );
  return (
    <>
      <ListScreen text={text} list={list} query={query} columns={columns} create={upload}>
        <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
          <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
          <ChoiceFilter
            label={text.filterState}
            any={text.anyState}
            choices={choicesOf(feedbackStates, text.states)}
            value={search.state}
            onChange={(state) => list.setFilter({ state })}
          />
        </FilterBar>
      </ListScreen>
      <UploadDialog isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </>
  );
}
