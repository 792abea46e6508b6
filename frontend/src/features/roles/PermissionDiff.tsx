import { Stack, Text } from "@mantine/core";
import { StatusBadge } from "@openreg/ui";
import type { PermissionChange } from "./permissionChange";
import { roleMessages } from "./messages";
import styles from "./roles.module.css";

const text = roleMessages.diff;

/** Gained and lost permissions, before they are. */
export function PermissionDiff({ change }: { change: PermissionChange }) {
  if (change.gained.length === 0 && change.lost.length === 0) return <Text c="dimmed">{text.none}</Text>;
  return (
    <Stack gap="xs" role="status">
      <Side name={text.gained} tone="success" permissions={change.gained} />
      <Side name={text.lost} tone="failed" permissions={change.lost} />
    </Stack>
  );
}

function Side({
  name,
  tone,
  permissions,
}: {
  name: string;
  tone: "success" | "failed";
  permissions: string[];
}) {
  if (permissions.length === 0) return null;
  return (
    <div>
      <StatusBadge tone={tone}>{name}</StatusBadge>
      <ul className={styles.permissions}>
        {permissions.map((permission) => (
          <li key={permission} className="or-mono">
            {permission}
          </li>
        ))}
      </ul>
    </div>
  );
}
