/** Permissions by role, as a table that says "yes" and "no" in words too. */
import { ScrollArea, Table, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { Permission, Role } from "./api";
import { roleMessages as text } from "./messages";
import styles from "./roles.module.css";

export function RoleMatrix({ roles, permissions }: { roles: Role[]; permissions: Permission[] }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table className={styles.matrix} aria-label={text.matrixLabel}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.permission}</Table.Th>
            {roles.map((role) => (
              <Table.Th key={role.id} scope="col">
                {role.name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {permissions.map((permission) => (
            <Table.Tr key={permission.value}>
              <Table.Th scope="row" title={permission.sentence} className="or-mono">
                {permission.value}
              </Table.Th>
              {roles.map((role) => (
                <Table.Td key={role.id}>
                  <Cell isPermitted={role.is_everything || role.permissions.includes(permission.value)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Cell({ isPermitted }: { isPermitted: boolean }) {
  return (
    <>
      {isPermitted && <IconCheck size={15} aria-hidden />}
      <VisuallyHidden>{isPermitted ? text.yes : text.no}</VisuallyHidden>
    </>
  );
}
