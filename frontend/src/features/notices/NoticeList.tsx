import { Button, Switch } from "@mantine/core";
import { FilterBar, showProblem, StatusBadge, TimeAgo, type Column } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { noticeKeys, noticesQuery, readAllNotices, type Notice } from "./api";
import { noticeMessages as text } from "./messages";
import { NoticeLink } from "./NoticeLink";

const route = getRouteApi("/_app/notices");

const columns: Column<Notice>[] = [
  { key: "title", header: text.columns.title, cell: (notice) => <NoticeLink notice={notice} /> },
  { key: "text", header: text.columns.text, cell: (notice) => notice.text },
  {
    key: "state",
    header: text.columns.state,
    cell: (notice) => (
      <StatusBadge tone={notice.read_at ? "neutral" : "running"}>
        {notice.read_at ? text.read : text.unread}
      </StatusBadge>
    ),
  },
  { key: "at", header: text.columns.at, cell: (notice) => <TimeAgo at={notice.created_at} /> },
];

export function NoticeList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(noticesQuery(search));
  const queries = useQueryClient();
  const readAll = useMutation({
    mutationFn: readAllNotices,
    onSuccess: () => queries.invalidateQueries({ queryKey: noticeKeys.all }),
    onError: showProblem,
  });
  return (
    <ListScreen text={text} list={list} query={query} columns={columns}>
      <FilterBar
        isFiltered={list.isFiltered}
        onClear={list.clear}
        actions={
          <Button variant="default" loading={readAll.isPending} onClick={() => readAll.mutate()}>
            {text.readAll}
          </Button>
        }
      >
        <Switch
          label={text.onlyUnread}
          checked={search.is_read === false}
          onChange={(event) => list.setFilter({ is_read: event.currentTarget.checked ? false : undefined })}
        />
      </FilterBar>
    </ListScreen>
  );
}
