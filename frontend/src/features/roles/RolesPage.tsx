/** All roles, and the matrix of what each permits. */
import { Stack } from "@mantine/core";
import { AppLink, DataTable, ErrorState, LinkButton, PageHeader, Section, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { permissionsQuery, rolesQuery, type Role } from "./api";
import { roleMessages as text } from "./messages";
import { RoleMatrix } from "./RoleMatrix";

const columns: Column<Role>[] = [
  {
    key: "role",
    header: text.columns.role,
    cell: (role) => (
      <AppLink to="/roles/$roleId" params={{ roleId: role.id }}>
        {role.name}
      </AppLink>
    ),
  },
  { key: "about", header: text.columns.about, cell: (role) => role.description },
  {
    key: "permissions",
    header: text.columns.permissions,
    cell: (role) => (role.is_everything ? text.everything : text.permissionCount(role.permissions.length)),
  },
  { key: "members", header: text.columns.members, isNumber: true, cell: (role) => role.member_count },
];

export function RolesPage() {
  const roles = useQuery(rolesQuery());
  const permissions = useQuery(permissionsQuery());
  const mayWrite = useMay("roles:write");
  const failed = [roles, permissions].find((query) => query.isError);
  return (
    <Stack gap="xl">
      <PageHeader
        title={text.title}
        description={text.description}
        actions={mayWrite && <LinkButton to="/roles/new">{text.create}</LinkButton>}
      />
      {failed ? (
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      ) : (
        <DataTable label={text.title} columns={columns} rows={roles.data?.items} rowKey={(role) => role.id} />
      )}
      {roles.data && permissions.data && (
        <Section title={text.matrixTitle}>
          <RoleMatrix roles={roles.data.items} permissions={permissions.data.items} />
        </Section>
      )}
    </Stack>
  );
}
