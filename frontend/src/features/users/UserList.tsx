import { Button, Stack } from "@mantine/core";
import { AppLink, FilterBar, formatList, SearchFilter, TimeAgo, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { rolesQuery } from "@/features/roles/api";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { usersQuery, type User } from "./api";
import { InviteDialog } from "./InviteDialog";
import { userMessages as text } from "./messages";
import { OpenInvitations } from "./OpenInvitations";
import { UserState } from "./UserState";
import { userStates } from "./states";

const route = getRouteApi("/_app/users/");

const columns: Column<User>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (user) => (
      <AppLink to="/users/$userId" params={{ userId: user.id }}>
        {user.full_name || user.email}
      </AppLink>
    ),
  },
  { key: "email", header: text.columns.email, cell: (user) => user.email },
  {
    key: "roles",
    header: text.columns.roles,
    cell: (user) => formatList(user.roles.map((role) => role.name)),
  },
  { key: "state", header: text.columns.state, cell: (user) => <UserState state={user.state} /> },
  { key: "joined", header: text.columns.joined, cell: (user) => <TimeAgo at={user.joined_at} /> },
];

export function UserList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(usersQuery(search));
  const mayReadRoles = useMay("roles:read");
  const roles = useQuery({ ...rolesQuery(), enabled: mayReadRoles }).data?.items ?? [];
  const mayInvite = useMay("users:write") && mayReadRoles;
  const [isInviting, setIsInviting] = useState(false);
  return (
    <Stack gap="xl">
      <div>
        <ListScreen
          text={text}
          list={list}
          query={query}
          columns={columns}
          actions={mayInvite && <Button onClick={() => setIsInviting(true)}>{text.invite}</Button>}
        >
          <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
            <SearchFilter
              label={text.filter.search}
              value={search.q}
              onChange={(q) => list.setFilter({ q })}
            />
            <ChoiceFilter
              label={text.filter.state}
              any={text.filter.anyState}
              choices={choicesOf(userStates, text.states)}
              value={search.state}
              onChange={(state) => list.setFilter({ state })}
            />
            {mayReadRoles && (
              <ChoiceFilter
                label={text.filter.role}
                any={text.filter.anyRole}
                choices={roles.map((role) => ({ value: role.id, label: role.name }))}
                value={search.role}
                onChange={(role) => list.setFilter({ role })}
              />
            )}
          </FilterBar>
        </ListScreen>
      </div>
      <OpenInvitations mayChange={mayInvite} />
      <InviteDialog isOpen={isInviting} onClose={() => setIsInviting(false)} roles={roles} />
    </Stack>
  );
}
