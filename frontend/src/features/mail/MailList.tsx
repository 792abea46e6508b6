import { Select } from "@mantine/core";
import { AppLink, EmptyState, FilterBar, PageHeader, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListPage } from "@/lists/ListPage";
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
    <>
      <PageHeader title={text.title} description={text.description} />
      <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
        <Select
          aria-label={text.filterState}
          placeholder={text.anyState}
          clearable
          data={mailStates.map((state) => ({ value: state, label: text.states[state] }))}
          value={search.state ?? null}
          onChange={(state) => list.setFilter({ state: mailStates.find((one) => one === state) })}
        />
      </FilterBar>
      <ListPage
        query={query}
        columns={columns}
        label={text.title}
        rowKey={(mail) => mail.id}
        isFiltered={list.isFiltered}
        onClear={list.clear}
        firstUse={<EmptyState title={text.firstUseTitle}>{text.firstUse}</EmptyState>}
        paging={list.paging}
      />
    </>
  );
}
