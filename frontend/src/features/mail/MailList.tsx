import { AppLink, FilterBar, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { mailsQuery, type Mail } from "./api";
import { MailState, mailStates } from "./MailState";
import { mailMessages as text } from "./messages";

const route = getRouteApi("/_app/mail-outbox/");

const columns: Column<Mail>[] = [
  {
    key: "subject",
    header: text.columns.subject,
    cell: (mail) => (
      <AppLink to="/mail-outbox/$mailId" params={{ mailId: mail.id }}>
        {mail.subject}
      </AppLink>
    ),
  },
  { key: "to", header: text.columns.to, cell: (mail) => mail.recipient },
  { key: "state", header: text.columns.state, cell: (mail) => <MailState state={mail.state} /> },
  { key: "attempts", header: text.columns.attempts, isNumber: true, cell: (mail) => mail.attempts },
  { key: "created", header: text.columns.created, cell: (mail) => <TimeAgo at={mail.created_at} /> },
];

export function MailList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(mailsQuery(search));
  return (
    <ListScreen text={text} list={list} query={query} columns={columns}>
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <ChoiceFilter
          label={text.filterState}
          any={text.anyState}
          choices={choicesOf(mailStates, text.states)}
          value={search.state}
          onChange={(state) => list.setFilter({ state })}
        />
      </FilterBar>
    </ListScreen>
  );
}
