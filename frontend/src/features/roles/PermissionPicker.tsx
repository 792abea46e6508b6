/** Permissions to choose from, by what they are about. */
import { Checkbox, Fieldset, Stack } from "@mantine/core";
import type { Permission } from "./api";
import styles from "./roles.module.css";

interface PermissionPickerProps {
  permissions: Permission[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  isReadOnly?: boolean;
}

export function PermissionPicker({
  permissions,
  chosen,
  onChange,
  isReadOnly = false,
}: PermissionPickerProps) {
  const resources = [...new Set(permissions.map((permission) => permission.resource))];

  function toggle(value: string, isOn: boolean) {
    const next = new Set(chosen);
    if (isOn) next.add(value);
    else next.delete(value);
    onChange(next);
  }

  return (
    <div className={styles.groups}>
      {resources.map((resource) => (
        <Fieldset key={resource} legend={resource.replaceAll("_", " ")}>
          <Stack gap="sm">
            {permissions
              .filter((permission) => permission.resource === resource)
              .map(({ value, action, sentence }) => (
                <Checkbox
                  key={value}
                  label={action.replaceAll("_", " ")}
                  description={sentence}
                  checked={chosen.has(value)}
                  disabled={isReadOnly}
                  onChange={(event) => toggle(value, event.currentTarget.checked)}
                />
              ))}
          </Stack>
        </Fieldset>
      ))}
    </div>
  );
}
